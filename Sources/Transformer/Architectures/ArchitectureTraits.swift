/// How an architecture differs from Llama. A plain Llama has no traits, and its fingerprint then leaves them out.
public struct ArchitectureTraits: Sendable, Codable, Equatable {
  /// Which two values of a head form a pair that RoPE rotates.
  public enum RopeLayout: String, Sendable, Codable {
    /// Adjacent values 2i and 2i + 1: llama.cpp's layout for Llama.
    case pairs
    /// Values i and i + n / 2 of the n rotated ones: GPT-NeoX's layout.
    case halves
    /// No rotation: the model has learned position embeddings.
    case none
  }

  /// How activations are normalised.
  public enum Normalization: String, Sendable, Codable {
    /// RMSNorm (arXiv 1910.07467).
    case rms
    /// LayerNorm with a bias (arXiv 1607.06450).
    case layer
  }

  /// The activation function of the feed-forward network.
  public enum Activation: String, Sendable, Codable {
    case silu
    /// GELU in its tanh approximation.
    case gelu
  }

  /// Sliding-window attention: a token attends to the last `length` tokens only.
  public struct SlidingWindow: Sendable, Codable, Equatable {
    /// Tokens a token attends to, itself included.
    public var length: Int
    /// Every `period`-th block uses full attention; nil when all blocks have the window.
    public var period: Int?
    /// The base of RoPE's frequencies in the blocks with a window, unscaled; nil for the model's own base.
    public var ropeBase: Float?

    /// Creates a window.
    public init(length: Int, period: Int? = nil, ropeBase: Float? = nil) {
      self.length = length
      self.period = period
      self.ropeBase = ropeBase
    }
  }

  /// RoPE's layout.
  public var rope = RopeLayout.pairs
  /// The norms.
  public var normalization = Normalization.rms
  /// The activation function of the feed-forward network.
  public var activation = Activation.silu
  /// The factor that token embeddings are multiplied by.
  public var embeddingScale: Float?
  /// The factor that attention scores are multiplied by; 1 / sqrt(head dimension) when nil.
  public var attentionScale: Float?
  /// The soft cap c of scaled attention scores, which become c tanh(x / c); nil for no cap.
  public var attentionSoftCap: Float?
  /// The soft cap of logits; nil for no cap.
  public var logitSoftCap: Float?
  /// The sliding window; nil when every block uses full attention.
  public var window: SlidingWindow?
  /// Whether positions have learned embeddings, one for each position of the context.
  public var hasPositionEmbeddings = false

  /// Llama's traits.
  public init() {}

  /// Llama's traits, changed.
  init(_ change: (inout Self) -> Void) { change(&self) }
}

extension TransformerConfiguration {
  /// The window of a block in tokens; nil for full attention.
  public func window(layer: Int) -> Int? {
    guard let window = traits?.window else { return nil }
    if let period = window.period, (layer + 1) % period == 0 { return nil }
    return window.length
  }

  /// The factor that attention scores are multiplied by.
  package var attentionScale: Float {
    traits?.attentionScale ?? 1 / Float(headDimension).squareRoot()
  }
}

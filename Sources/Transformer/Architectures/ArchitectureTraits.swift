/// In what an architecture differs from Llama. A plain Llama has none, and then they are no part of its fingerprint.
public struct ArchitectureTraits: Sendable, Codable, Equatable {
  /// Which values of a head RoPE rotates together.
  public enum RopeLayout: String, Sendable, Codable {
    /// Neighbours: llama.cpp's layout for Llama.
    case pairs
    /// Value i and value i + half of the rotated ones: GPT-NeoX's.
    case halves
    /// Nothing is rotated.
    case none
  }

  /// How activations are normalised.
  public enum Normalization: String, Sendable, Codable {
    /// RMSNorm (arXiv 1910.07467).
    case rms
    /// LayerNorm with a bias (arXiv 1607.06450).
    case layer
  }

  /// The feed-forward's function.
  public enum Activation: String, Sendable, Codable {
    case silu
    /// GELU by its tanh form.
    case gelu
  }

  /// Blocks whose tokens see only the tokens just before them.
  public struct SlidingWindow: Sendable, Codable, Equatable {
    /// Tokens a token sees, itself among them.
    public var length: Int
    /// Every so-manieth block sees everything; nil where none does.
    public var period: Int?
    /// The base of RoPE's frequencies in the blocks with a window, unscaled; nil where it is the model's.
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
  /// The feed-forward's function.
  public var activation = Activation.silu
  /// What embeddings are multiplied with.
  public var embeddingScale: Float?
  /// What attention scores are multiplied with; 1 / sqrt(head dimension) when nil.
  public var attentionScale: Float?
  /// The limit of c tanh(x / c) that scaled attention scores go through.
  public var attentionSoftCap: Float?
  /// The same for logits.
  public var logitSoftCap: Float?
  /// Which tokens see which.
  public var window: SlidingWindow?
  /// Positions have embeddings of their own, one for each of the context.
  public var hasPositionEmbeddings = false

  /// Llama's traits.
  public init() {}

  /// Llama's traits, changed.
  init(_ change: (inout Self) -> Void) { change(&self) }
}

extension TransformerConfiguration {
  /// The window of a block in tokens, nil where it sees everything.
  public func window(layer: Int) -> Int? {
    guard let window = traits?.window else { return nil }
    if let period = window.period, (layer + 1) % period == 0 { return nil }
    return window.length
  }

  /// What attention scores are multiplied with.
  var attentionScale: Float { traits?.attentionScale ?? 1 / Float(headDimension).squareRoot() }
}

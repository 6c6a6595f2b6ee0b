/// The configuration of a neural memory.
public struct NeuralConfiguration: Sendable, Codable, Equatable {
  /// What the memory is trained to do at test time.
  public enum Loss: String, Sendable, Codable, CaseIterable {
    /// The language model's own loss: M(k) is added to the final hidden state before the output matrix, and the surprise
    /// is the gradient of -log p(next token). Pays on a frozen model without training.
    case nextToken = "next-token"
    /// Titans' associative loss |M(k) - v|^2 (arXiv 2501.00663, eq. 12) with v the normalised output embedding of the
    /// next token; the read is decoded by cosine over all output embeddings.
    case associative
  }

  /// A gate that depends on the token: base * clamp(1 + slope * (surprisal / reference - 1), 0, 4).
  public struct TokenGate: Sendable, Codable, Equatable {
    /// The gate of a token of average surprisal.
    public var base: Float
    /// How strongly it follows surprisal; 0 makes it constant.
    public var slope: Float

    /// Creates a gate.
    public init(base: Float, slope: Float = 0) {
      self.base = base
      self.slope = slope
    }

    /// The gate of a token.
    public func callAsFunction(surprisal: Float, reference: Float) -> Float {
      let relative = surprisal.isFinite ? surprisal / max(reference, 1e-3) : 1
      return base * max(0, min(4, 1 + slope * (relative - 1)))
    }
  }

  /// Layers of the MLP, 1 to 4 (L_M of the paper).
  public var depth = 2
  /// Units of each inner layer.
  public var hiddenWidth: Int
  /// What it is trained to do.
  public var loss = Loss.nextToken
  /// Tokens after which the anchor, where gradients are taken, moves (b of the paper).
  public var chunkLength = 16
  /// theta: step size in units of the local curvature bound, so that it means the same on any model.
  public var learningRate = TokenGate(base: 2)
  /// eta: share of past surprise that stays, 0...1.
  public var momentum = TokenGate(base: 0)
  /// alpha: share of what was learned that is forgotten at each token, 0...1; decay is towards M_0.
  public var forget = TokenGate(base: 0)
  /// Surprisal of an average token, nats; the gates' unit.
  public var referenceSurprisal: Float = 4
  /// Bound on the steps of one chunk together, in units of the curvature bound.
  public var trust: Float = 48
  /// Sharpness of the decoding of an associative read.
  public var decodingScale: Float = 20
  /// Seed of M_0.
  public var seed: UInt64 = 0x4d6e_656d_65

  /// A configuration with the defaults and a given inner width.
  public init(hiddenWidth: Int) { self.hiddenWidth = hiddenWidth }

  /// Whether every value is in range.
  public var isSound: Bool {
    (1...4).contains(depth) && (1...65_536).contains(hiddenWidth)
      && (1...4096).contains(chunkLength)
      && [learningRate, momentum, forget].allSatisfy {
        $0.base.isFinite && $0.slope.isFinite && $0.base >= 0
      } && momentum.base <= 1 && forget.base <= 1 && trust.isFinite && trust > 0
      && referenceSurprisal.isFinite && referenceSurprisal > 0 && decodingScale.isFinite
  }
}

public import Tokenization
public import Transformer

/// What a refit found, measured on rows that neither training nor selection saw; losses are mean negative log-likelihoods
/// in nats.
public struct RefitReport: Sendable, Codable, Equatable {
  /// Tokens of similar frequency.
  public struct TokenClass: Sendable, Codable, Equatable {
    /// The fewest occurrences among the report's tokens.
    public var from: Int
    /// How many tokens.
    public var tokens: Int
    /// The loss of the model alone.
    public var plain = 0.0
    /// The loss with the memory.
    public var mixed = 0.0
    /// The share of tokens that became more probable.
    public var helped = 0.0
    /// The share that became less probable.
    public var hurt = 0.0

    /// A class nothing is known of yet.
    package init(from least: Int, tokens: Int) {
      from = least
      self.tokens = tokens
    }
  }

  /// A text streamed with pointers (RetoMaton).
  public struct PointerTrial: Sendable, Codable, Equatable {
    /// Pointers needed to leave a search out; 0 for none.
    public var pointers: Int
    /// Its loss.
    public var loss: Double
    /// The share of searches that pointers took the place of.
    public var saved: Double

    /// A trial from its parts.
    package init(pointers: Int, loss: Double, saved: Double) {
      self.pointers = pointers
      self.loss = loss
      self.saved = saved
    }
  }

  /// Held-out tokens behind the figures.
  public var tokens = 0
  /// The sharpness of the votes.
  public var sharpness: Float = 0
  /// The model alone.
  public var plain = 0.0
  /// With the gate the memory had.
  public var before = 0.0
  /// With the best constant gate.
  public var constant = 0.0
  /// With the learned gate.
  public var learned = 0.0
  /// With the searches skipped that the gate chose.
  public var skipping = 0.0
  /// With as many skipped at random.
  public var randomSkipping = 0.0
  /// The share of searches skipped.
  public var skipped = 0.0
  /// With half of the searches skipped by the gate.
  public var halfSkipped = 0.0
  /// By a gate that knows entropy and confidence only.
  public var halfSkippedPlainFeatures = 0.0
  /// At random.
  public var halfSkippedRandom = 0.0
  /// Held-out tokens read with a memory of another text only.
  public var foreignTokens = 0
  /// Their loss, the model alone.
  public var foreignPlain = 0.0
  /// Their loss with the learned gate.
  public var foreignLearned = 0.0
  /// The loss with SPALM's read-out; nil when it was not asked for.
  public var spalm: Double?
  /// By frequency of the token, rarest first.
  public var classes: [TokenClass] = []
  /// The last text streamed without pointers and with them.
  public var pointers: [PointerTrial] = []
  /// Milliseconds a read of one row took, the middle of many, and the slowest of twenty.
  public var readMilliseconds = 0.0
  public var slowReadMilliseconds = 0.0

  /// An empty report.
  public init() {}

  /// A report that knows its tokens and the sharpness that was found.
  package init(tokens: Int, sharpness: Float) {
    self.tokens = tokens
    self.sharpness = sharpness
  }
}

/// A module whose gate can be fitted anew to texts of the kind a memory is used on, with what the memory holds.
public protocol Refittable: MemoryModule {
  /// Names of the ways it can be heard that a refit may choose, the default first.
  static var refitReadouts: [String] { get }

  /// Refits the module of a memory; the memory itself is left alone.
  ///
  /// - Parameters:
  ///   - texts: tokens the memory has not read.
  ///   - window: tokens of a window.
  ///   - readout: one of `refitReadouts`.
  /// - Returns: the parameters, and what they bring on tokens that were not used to find them.
  /// - Throws: `MemoryError.calibrationFailed` when the texts are too short.
  static func refit(
    _ memory: DetachableMemory, texts: [[Int32]], model: TransformerModel,
    tokenizer: any Tokenizer, window: Int, readout: String, progress: (Double) -> Void
  ) throws(MemoryError) -> (parameters: ModuleParameters, report: RefitReport)
}

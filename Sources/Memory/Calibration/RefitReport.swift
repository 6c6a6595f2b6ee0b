public import Tokenization
public import Transformer

/// The result of a refit, measured on rows that were used for neither training nor selection; losses are mean negative
/// log-likelihoods in nats.
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

    /// An empty class.
    package init(from least: Int, tokens: Int) {
      from = least
      self.tokens = tokens
    }
  }

  /// A text streamed with pointers (RetoMaton).
  public struct PointerTrial: Sendable, Codable, Equatable {
    /// Pointers from which on a search is left out; 0 for none.
    public var pointers: Int
    /// Its loss.
    public var loss: Double
    /// The share of searches that pointers replaced.
    public var saved: Double

    /// A trial from its parts.
    package init(pointers: Int, loss: Double, saved: Double) {
      self.pointers = pointers
      self.loss = loss
      self.saved = saved
    }
  }

  /// Held-out tokens that the figures were measured on.
  public var tokens = 0
  /// The sharpness of the votes.
  public var sharpness: Float = 0
  /// Loss of the model alone.
  public var plain = 0.0
  /// Loss with the gate before the refit.
  public var before = 0.0
  /// Loss with the best constant gate.
  public var constant = 0.0
  /// Loss with the learned gate.
  public var learned = 0.0
  /// Loss when the searches that the gate chose are skipped.
  public var skipping = 0.0
  /// Loss when the same number is skipped at random.
  public var randomSkipping = 0.0
  /// The share of searches skipped.
  public var skipped = 0.0
  /// Loss when the gate skips half of the searches.
  public var halfSkipped = 0.0
  /// Loss when a gate whose only features are entropy and confidence skips half.
  public var halfSkippedPlainFeatures = 0.0
  /// Loss when half are skipped at random.
  public var halfSkippedRandom = 0.0
  /// Held-out tokens read with a memory of another text only.
  public var foreignTokens = 0
  /// Their loss, the model alone.
  public var foreignPlain = 0.0
  /// Their loss with the learned gate.
  public var foreignLearned = 0.0
  /// The loss with SPALM's read-out; nil when it was not requested.
  public var spalm: Double?
  /// By frequency of the token, rarest first.
  public var classes: [TokenClass] = []
  /// The last text streamed without pointers and with them.
  public var pointers: [PointerTrial] = []
  /// Milliseconds to read one row: the median of many reads, and below the 95th percentile.
  public var readMilliseconds = 0.0
  public var slowReadMilliseconds = 0.0

  /// An empty report.
  public init() {}

  /// A report with its token count and the sharpness that was found.
  package init(tokens: Int, sharpness: Float) {
    self.tokens = tokens
    self.sharpness = sharpness
  }
}

/// A module whose gate can be refitted to texts like those the memory is used on, with the memory's present contents.
public protocol Refittable: MemoryModule {
  /// Names of the read-outs that a refit may choose, the default first.
  static var refitReadouts: [String] { get }

  /// Refits the module of a memory; the memory itself is not changed.
  ///
  /// - Parameters:
  ///   - texts: tokens the memory has not read.
  ///   - window: tokens of a window.
  ///   - readout: one of `refitReadouts`.
  /// - Returns: the parameters, and their losses on tokens that were not used to find them.
  /// - Throws: `MemoryError.calibrationFailed` when the texts are too short.
  static func refit(
    _ memory: DetachableMemory, texts: [[Int32]], model: TransformerModel,
    tokenizer: any Tokenizer, window: Int, readout: String, progress: (Double) -> Void
  ) throws(MemoryError) -> (parameters: ModuleParameters, report: RefitReport)
}

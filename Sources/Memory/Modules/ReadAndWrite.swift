public import Transformer

/// Pairs to learn, in order.
public struct WriteBatch: Sendable {
  /// Keys, [count, key columns].
  public var keys: [Float]
  /// Final hidden states after the norm, before any memory was mixed in, [count, width].
  public var hidden: [Float]
  /// The tokens that followed, [count].
  public var targets: [Int32]
  /// Log-probability the plain model gave each target, nats, [count].
  public var logProbabilities: [Float]
  /// Index of each target in the journal, [count].
  public var journal: [Int]
  /// Where the tokens came from; nil where it is not needed.
  public var provenance: Provenance?
  /// Whether each target directly follows the previously learned target in one text, [count].
  public var follows: [Bool]

  /// Creates a batch.
  ///
  /// - Parameter follows: when nil, every target but the first directly follows the one before.
  public init(
    keys: [Float], hidden: [Float], targets: [Int32], logProbabilities: [Float], journal: [Int],
    provenance: Provenance? = nil, follows: [Bool]? = nil
  ) {
    self.keys = keys
    self.hidden = hidden
    self.targets = targets
    self.logProbabilities = logProbabilities
    self.journal = journal
    self.provenance = provenance
    self.follows = follows ?? targets.indices.map { $0 > 0 }
  }

  /// The number of pairs.
  public var count: Int { targets.count }
}

/// Rows to read for.
public struct ReadInput: Sendable {
  /// The number of rows.
  public let rows: Int
  /// Keys, [rows, key columns].
  public let keys: [Float]
  /// Final hidden states after the norm, [rows, width].
  public let hidden: [Float]
  /// The session's tokens around the rows; nil where unknown.
  public let text: TextWindow?
  /// A summary of the plain model's distribution at each row, [rows]; empty where unknown.
  public let base: [BaseDistribution]
  /// Keys of the positions directly before the first row, for a module with a `lookback`; from the last multiple of
  /// `lookback` on, as far as they are still known, [lead rows, key columns].
  public let leadKeys: [Float]

  /// Creates an input.
  public init(
    rows: Int, keys: [Float], hidden: [Float], text: TextWindow? = nil,
    base: [BaseDistribution] = [], leadKeys: [Float] = []
  ) {
    self.base = base
    self.leadKeys = leadKeys
    self.rows = rows
    self.keys = keys
    self.hidden = hidden
    self.text = text
  }
}

/// The tokens a session holds while rows of it are read.
public struct TextWindow: Sendable {
  /// The session's tokens; a row's prediction must not use those after its position.
  public let tokens: [Int32]
  /// The position of each row.
  public let positions: [Int]
  /// Whether the tokens are a stream of text, or a prompt and its answer.
  public let mode: ReadingMode

  /// Creates a window.
  public init(tokens: [Int32], positions: [Int], mode: ReadingMode) {
    self.tokens = tokens
    self.positions = positions
    self.mode = mode
  }

  /// The tokens of the question; empty in a stream of text.
  public var question: ArraySlice<Int32> { mode.question(in: tokens) }
}

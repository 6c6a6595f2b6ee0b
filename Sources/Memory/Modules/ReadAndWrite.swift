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
  /// Where the tokens came from; nil where nobody asks.
  public var provenance: Provenance?
  /// Whether each target stands directly after the target learned before it, in one text, [count].
  public var follows: [Bool]

  /// Creates a batch.
  ///
  /// - Parameter follows: when nil, only the first target follows nothing.
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
  /// The words around the rows; nil where nobody knows them.
  public let text: TextWindow?
  /// What the plain model thinks at each row, [rows]; empty where nobody knows it.
  public let base: [BaseDistribution]
  /// Keys of the positions right before the first row, for a module with a `lookback`; as many as are still known, from
  /// the last multiple of `lookback` on.  [lead rows, key columns]
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
  /// The session's tokens; those after a row's position are the future and none of its business.
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

  /// What the prompt asks; empty in a stream of text.
  public var question: ArraySlice<Int32> { mode.question(in: tokens) }
}

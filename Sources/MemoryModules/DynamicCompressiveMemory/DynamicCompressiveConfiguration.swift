public import Memory

/// What decides whether a segment is kept, compressed or discarded.
public enum WritePolicy: String, ConfigurationChoice {
  /// Surprise, attention and novelty, added up.
  case heuristic
  /// A small network that was trained offline by how much each choice changed the loss of what followed.
  case learned
}

/// The configuration of a dynamic compressive memory.
public struct DynamicCompressiveConfiguration: ModuleConfiguration {
  /// The newest rows, not yet decided on.
  public var recent = 256
  /// The most rows kept of what was decided on.
  public var rows = 768
  /// Tokens that are decided on together.
  public var segment = 64
  /// Tokens for one row, where a segment is compressed.
  public var rate = 8
  /// What decides.
  public var policy = WritePolicy.learned
  /// The share of segments that are kept whole.
  public var kept: Float = 0.25
  /// The share of segments that are discarded.
  public var discarded: Float = 0.5
  /// What goes when the rows are full.
  public var retention = RetentionPolicy.fifo
  /// The most tokens of passages that share words with a question and are read again for it, in place of rows; 0 reads none.
  public var passages = 40
  /// Where the rows stand.
  public var positions = RowPlacement.cache
  /// The largest distance of a row before the conversation, tokens; 0 is three quarters of the model's context.
  public var reach = 0
  /// How rows are stored.
  public var type = RowType.f16

  public init(for context: ModuleContext) {}

  public static var expectation: String? {
    "recent of 0 to 65536, rows of 1 to 65536, segments of 8 to 4096 tokens, a rate of 2 to 64, passages of 0 to 65536, shares that add up to at most 1"
  }

  public var isSound: Bool {
    (0...65_536).contains(recent) && (1...65_536).contains(rows) && (8...4096).contains(segment)
      && (2...64).contains(rate) && (0...1).contains(kept) && (0...1).contains(discarded)
      && kept + discarded <= 1 && (0...1 << 24).contains(reach)
      && (0...65_536).contains(passages)
  }
}

extension DynamicCompressiveConfiguration: PassageConfiguration {}

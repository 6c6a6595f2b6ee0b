public import Memory

/// The configuration of a document memory.
public struct DocumentConfiguration: ModuleConfiguration {
  /// Tokens for one row.
  public var ratio = 10
  /// The most rows kept in all; beyond it the oldest documents are dropped.
  public var budget = 65_536
  /// The most rows shown at once; of more, those of the documents that share words with the question.
  public var shown = 4096
  /// How often the rows learn from questions that the model asks itself about a text (Cartridges); 0 leaves them as Attention
  /// Matching made them. Takes minutes for every 1000 tokens.
  public var training = 0
  /// The most tokens of passages that share words with a question and are read again for it; 0 reads none.
  public var passages = 40
  /// Where the rows stand.
  public var positions = RowPlacement.original
  /// The largest distance of a row before the conversation, tokens; 0 is three quarters of the model's context.
  public var reach = 0
  /// How rows are stored.
  public var type = RowType.f16

  public init(for context: ModuleContext) {}

  public static var expectation: String? {
    "a ratio of 1 to 1000, a budget of 1 to 16777216, shown of 1 to 65536, training of 0 to 1000, passages of 0 to 65536"
  }

  public var isSound: Bool {
    (1...1000).contains(ratio) && (1...1 << 24).contains(budget) && (1...65_536).contains(shown)
      && (0...1000).contains(training) && (0...65_536).contains(passages)
      && (0...1 << 24).contains(reach)
  }
}

extension DocumentConfiguration: PassageConfiguration {}

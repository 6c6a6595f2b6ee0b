public import Memory

/// The configuration of a Transformer-XL memory.
public struct TransformerXLConfiguration: ModuleConfiguration {
  /// The newest rows kept (the paper's memory length).
  public var rows = 640
  /// The first rows ever learned that are kept besides (StreamingLLM's attention sinks, arXiv 2309.17453).
  public var sinks = 0
  /// Where the rows stand.
  public var positions = RowPlacement.cache
  /// The largest distance of a row before the conversation, tokens; 0 is three quarters of the model's context.
  public var reach = 0
  /// How rows are stored.
  public var type = RowType.f16

  public init(for context: ModuleContext) {}

  public static var expectation: String? { "rows of 1 to 65536, sinks of at most 1024" }

  public var isSound: Bool {
    (1...65_536).contains(rows) && (0...1024).contains(sinks) && (0...1 << 24).contains(reach)
  }
}

extension TransformerXLConfiguration: RowConfiguration {}

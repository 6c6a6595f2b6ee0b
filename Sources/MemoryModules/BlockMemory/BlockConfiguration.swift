public import Memory
import Transformer

/// How the blocks for a question are found.
public enum BlockAddressing: String, ConfigurationChoice {
  /// By attention of the question's queries to each block's representative keys (InfLLM).
  case keys
  /// By the words that a block shares with the question (BM25).
  case words
  /// By both: the ranks of a block in either add up.
  case both
}

/// The configuration of a block memory.
public struct BlockConfiguration: ModuleConfiguration {
  /// The most rows kept.
  public var budget = 65_536
  /// Which block goes beyond it.
  public var retention = RetentionPolicy.fifo
  /// The most rows shown at once; a quarter of the model's context where that is less: of 2048 rows a model made for 1024 tokens
  /// reads worse than of none.
  public var shown = 2048
  /// The share of shown rows that neighbors of found blocks may take (EM-LLM's contiguity buffer).
  public var contiguity: Float = 0.3
  /// Tokens of the shortest and of the longest block.
  public var shortest = 8
  public var longest = 128
  /// How the stream is cut into blocks.
  public var segmentation = Segmentation.refined
  /// Standard deviations above the mean surprisal at which a block begins.
  public var gamma: Float = 1
  /// Keys that represent a block: those its text attends to most; 0 is all.
  public var representatives = 4
  /// How blocks are found.
  public var addressing = BlockAddressing.words
  /// The most tokens of passages that share words with a question and are read again for it, in place of blocks; 0 reads none.
  public var passages = 40
  /// Where the rows stand.
  public var positions = RowPlacement.cache
  /// The largest distance of a row before the conversation, tokens; 0 is three quarters of the model's context.
  public var reach = 0
  /// How rows are stored.
  public var type = RowType.f16

  public init(for context: ModuleContext) {
    shown = min(shown, max(64, context.model.configuration.contextLength / 4))
  }

  public static var expectation: String? {
    "blocks of 1 to 4096 tokens, shown of 1 to 65536, passages of 0 to 65536, a contiguity of 0 to 0.9, a gamma of -5 to 10"
  }

  public var isSound: Bool {
    (1...1 << 24).contains(budget) && (1...65_536).contains(shown)
      && (0...0.9).contains(contiguity) && shortest >= 1 && shortest <= longest && longest <= 4096
      && (-5...10).contains(gamma) && (0...4096).contains(representatives)
      && (0...1 << 24).contains(reach) && (0...65_536).contains(passages)
  }
}

extension BlockConfiguration: PassageConfiguration, EpisodeConfiguration {}

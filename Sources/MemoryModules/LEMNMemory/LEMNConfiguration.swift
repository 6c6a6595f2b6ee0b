public import Memory

/// The configuration of a long-term episodic memory network.
public struct LEMNConfiguration: ModuleConfiguration {
  /// The most rows kept.
  public var rows = 1024
  /// The most rows shown at once: of more, the episodes that share words with the question. All of them confuse a small model.
  public var shown = 256
  /// Which episode goes when they are full.
  public var retention = RetentionPolicy.spatial
  /// Tokens of the shortest and of the longest episode.
  public var shortest = 8
  public var longest = 64
  /// How the stream is cut into episodes.
  public var segmentation = Segmentation.refined
  /// Standard deviations above the mean surprisal at which an episode begins.
  public var gamma: Float = 1
  /// The most tokens of passages that share words with a question and are read again for it, in place of episodes; 0 reads none.
  public var passages = 40
  /// Where the rows stand.
  public var positions = RowPlacement.cache
  /// The largest distance of a row before the conversation, tokens; 0 is three quarters of the model's context.
  public var reach = 0
  /// How rows are stored.
  public var type = RowType.f16

  public init(for context: ModuleContext) {}

  public static var expectation: String? {
    "rows and shown of 1 to 65536, episodes of 1 to 4096 tokens, passages of 0 to 65536, a gamma of -5 to 10"
  }

  public var isSound: Bool {
    (1...65_536).contains(rows) && (1...65_536).contains(shown) && shortest >= 1
      && shortest <= longest && longest <= 4096
      && (-5...10).contains(gamma) && (0...1 << 24).contains(reach)
      && (0...65_536).contains(passages)
  }
}

extension LEMNConfiguration: PassageConfiguration, EpisodeConfiguration {}

/// The raw results of one suite in every arm, from which `SuiteFigures` are computed.
public struct SuiteResults: Sendable, Equatable, Codable {
  /// The suite's name.
  public var name: String
  /// Its heading.
  public var title: String
  /// A summary of what it measures.
  public var summary: String
  /// Names of the arms it was run in, in the order of the settings.
  public var armNames: [String]
  /// The measured metrics; the first is the deciding one.
  public var metrics: [Metric]
  /// Questions, windows of a text, or checks.
  public var items: [ABReport.Item]
  /// Texts that were scored token by token.
  public var texts: [TextResult]
  /// Sizes after some numbers of tokens.
  public var costs: [CostResult]

  /// Results from their parts.
  public init(
    name: String, title: String, summary: String, armNames: [String], metrics: [Metric],
    items: [ABReport.Item] = [], texts: [TextResult] = [], costs: [CostResult] = []
  ) {
    self.name = name
    self.title = title
    self.summary = summary
    self.armNames = armNames
    self.metrics = metrics
    self.items = items
    self.texts = texts
    self.costs = costs
  }

  private enum CodingKeys: String, CodingKey {
    case name, title, summary, metrics, items, texts, costs
    case armNames = "arm_names"
  }
}

/// A text and the surprisal of each of its tokens in every arm.
public struct TextResult: Sendable, Equatable, Codable {
  /// Distinguishes it within its suite.
  public var id: String
  /// A title for headings.
  public var title: String
  /// The scored tokens as text, in order; joined they are the text (except for tokens that no window scores).
  public var pieces: [String]
  /// Position of each scored token in the text, tokens.
  public var positions: [Int]
  /// How often the same token occurred earlier in the text: its frequency so far.
  public var earlier: [Int]
  /// -log p of each token by arm, nats; one per element of `pieces`.
  public var surprisal: [String: [Double]]
  /// How it stands to the memories; nil where that was not recorded.
  public var standing: TextStanding?

  /// A result from its parts.
  public init(
    id: String, title: String, pieces: [String], positions: [Int], earlier: [Int],
    surprisal: [String: [Double]], standing: TextStanding? = nil
  ) {
    self.id = id
    self.title = title
    self.pieces = pieces
    self.positions = positions
    self.earlier = earlier
    self.surprisal = surprisal
    self.standing = standing
  }
}

/// The size of an arm's memory after reading some number of tokens. Equal in every run.
public struct CostResult: Sendable, Equatable, Codable {
  /// The arm.
  public var arm: String
  /// Tokens it has read.
  public var tokens: Int
  /// Size of the modules' states, bytes.
  public var stateBytes: Int
  /// Size of the memory file, bytes; its journal included.
  public var fileBytes: Int
  /// Entries stored; 0 for a memory of constant size.
  public var entries: Int

  /// A row from its parts.
  public init(arm: String, tokens: Int, stateBytes: Int, fileBytes: Int, entries: Int) {
    self.arm = arm
    self.tokens = tokens
    self.stateBytes = stateBytes
    self.fileBytes = fileBytes
    self.entries = entries
  }

  private enum CodingKeys: String, CodingKey {
    case arm, tokens, entries
    case stateBytes = "state_bytes"
    case fileBytes = "file_bytes"
  }
}

/// The speed of an arm after reading some number of tokens. Ratios compare with the plain model, measured in the same
/// run.
public struct CostTiming: Sendable, Equatable, Codable {
  /// The arm.
  public var arm: String
  /// Tokens it has read.
  public var tokens: Int
  /// Time to read a token into the memory, microseconds, the model's pass included.
  public var writeMicroseconds: Double?
  /// Time per generated token divided by the plain model's.
  public var decodeRatio: Double?
  /// Time until the first token of an answer, milliseconds.
  public var firstTokenMilliseconds: Double?
  /// Time to save the file, milliseconds.
  public var saveMilliseconds: Double?
  /// Time to load it, milliseconds.
  public var loadMilliseconds: Double?

  /// A row; values that were not measured are nil.
  public init(arm: String, tokens: Int) {
    self.arm = arm
    self.tokens = tokens
  }

  private enum CodingKeys: String, CodingKey {
    case arm, tokens
    case writeMicroseconds = "write_us_per_token"
    case decodeRatio = "decode_ratio"
    case firstTokenMilliseconds = "first_token_ms"
    case saveMilliseconds = "save_ms"
    case loadMilliseconds = "load_ms"
  }
}

public import Mneme

/// A family of tasks that is generated from a seed, or read from a file.
public protocol EvaluationSuite: Sendable {
  /// Its name on the command line: `mneme ab --suite NAME`.
  var name: String { get }
  /// A heading.
  var title: String { get }
  /// One or two sentences: the told texts, the questions, a good figure, and the source of the task.
  var summary: String { get }
  /// The metrics; the first is the deciding one.
  var metrics: [Metric] { get }
  /// Whether the sessions of an episode are separate processes with the memory file between them.
  var splitsSessions: Bool { get }
  /// Whether it reads `SuiteOptions.data` and cannot be generated; `--suite all` leaves it out without a file.
  var needsData: Bool { get }

  /// The work, the same for the same options.
  func plan(_ options: SuiteOptions) throws(EvaluationError) -> SuitePlan
}

extension EvaluationSuite {
  /// Sessions share a process.
  public var splitsSessions: Bool { false }
  /// By default the suite is generated.
  public var needsData: Bool { false }
}

/// The options from which a suite is generated.
public struct SuiteOptions: Sendable {
  /// Same seed, same work.
  public var seed: UInt64
  /// Episodes per condition (per kind, depth and length); `nil` takes the suite's own number.
  public var episodes: Int?
  /// Lengths of the told texts, tokens; `nil` for the suite's own.
  public var lengths: [Int]?
  /// Tokens of context the model has.
  public var context: Int
  /// A file for suites that read one.
  public var data: String?
  /// The number of a text's tokens in the model's vocabulary.
  public var countTokens: @Sendable (String) -> Int

  /// Options from their parts; tokens are guessed at four characters each unless a counter is given.
  public init(
    seed: UInt64 = 0, episodes: Int? = nil, lengths: [Int]? = nil, context: Int = 1024,
    data: String? = nil, countTokens: @escaping @Sendable (String) -> Int = { $0.count / 4 + 1 }
  ) {
    self.seed = seed
    self.episodes = episodes
    self.lengths = lengths
    self.context = context
    self.data = data
    self.countTokens = countTokens
  }
}

/// The kinds of work a suite can ask for.
public enum SuitePlan: Sendable, Equatable {
  /// Tell, then ask. `decoys` are the same number of episodes of the same form with other contents, which the
  /// wrong-memory arm learns instead; empty when there are none.
  case episodes([Episode], decoys: [Episode])
  /// Score texts token by token.
  case texts([TextTask])
  /// Attach, save, load, detach, fork, forget, refuse: checks that pass or fail.
  case lifecycle
  /// Speed and size after each of these numbers of tokens.
  case cost(tokens: [Int])
}

import Mneme

/// What a run measured: the settings, every suite, and how long it took.
public struct EvaluationResults: Sendable, Equatable {
  /// Settings that fix the figures: two runs with equal ones give equal results.
  public var settings: RunSettings
  /// In the order they were run.
  public var suites: [SuiteResults]
  /// Pieces of work that are done.
  public var done: Int
  /// Pieces of work in all; more than `done` when the run was interrupted.
  public var total: Int
  /// Everything that differs from run to run.
  public var timings: RunTimings

  /// Results from their parts.
  public init(
    settings: RunSettings, suites: [SuiteResults], done: Int, total: Int,
    timings: RunTimings = RunTimings()
  ) {
    self.settings = settings
    self.suites = suites
    self.done = done
    self.total = total
    self.timings = timings
  }

  /// Whether all pieces of work are done.
  public var isComplete: Bool { done == total }
}

/// One arm of the comparison.
public struct ArmDescription: Sendable, Equatable, Codable {
  /// The kind of an arm.
  public enum Role: String, Sendable, Codable {
    /// The memory under test.
    case memory
    /// The plain model.
    case detached
    /// A memory of the same kind with other contents.
    case wrongMemory = "wrong-memory"
    /// No memory; all told statements are in the context, as far as they fit.
    case fullContext = "full-context"
    /// No memory; the best matching pieces of the told statements are in the context, within the budget.
    case retrieval
    /// The same budget, pieces drawn at random.
    case randomRetrieval = "random-retrieval"
  }

  /// Its name in tables: `attached`, `neural`, `episodic+neighbor`, `detached`, `wrong-memory` and so on.
  public var name: String
  /// Its kind.
  public var role: Role
  /// Kinds of module its memory holds; empty without one.
  public var modules: [String]

  /// An arm from its parts.
  public init(name: String, role: Role, modules: [String] = []) {
    self.name = name
    self.role = role
    self.modules = modules
  }
}

/// The settings that determine the figures of a run.
public struct RunSettings: Sendable, Equatable, Codable {
  /// The program's version.
  public var version: String
  /// The model's name.
  public var model: String
  /// The model's fingerprint.
  public var fingerprint: String
  /// File names of the memories that were attached from files.
  public var memories: [String]
  /// Every arm, in the order they are shown: memories first, then detached, then the controls.
  public var arms: [ArmDescription]
  /// Suites by name, in order.
  public var suites: [String]
  /// Seed of the tasks, of sampling and of the intervals.
  public var seed: UInt64
  /// Tokens of context.
  public var context: Int
  /// Sampling temperature.
  public var temperature: Double
  /// Tokens an answer may take.
  public var tokens: Int
  /// Tokens of told text the retrieval arms may put into the context.
  public var budget: Int
  /// Episodes per condition; nil for the suites' defaults.
  public var episodes: Int?
  /// Lengths in tokens; nil for the suites' defaults.
  public var lengths: [Int]?
  /// The largest number of items of a suite.
  public var limit: Int?
  /// How the control arms put told texts into the context, chosen by a trial; nil without such an arm.
  public var form: ContextChoice?

  /// Settings from their parts.
  public init(
    version: String, model: String, fingerprint: String, memories: [String] = [],
    arms: [ArmDescription], suites: [String], seed: UInt64 = 0, context: Int,
    temperature: Double = 0, tokens: Int = 32, budget: Int = 128, episodes: Int? = nil,
    lengths: [Int]? = nil, limit: Int? = nil
  ) {
    self.version = version
    self.model = model
    self.fingerprint = fingerprint
    self.memories = memories
    self.arms = arms
    self.suites = suites
    self.seed = seed
    self.context = context
    self.temperature = temperature
    self.tokens = tokens
    self.budget = budget
    self.episodes = episodes
    self.lengths = lengths
    self.limit = limit
  }
}

/// The values that differ between two runs of the same settings.
public struct RunTimings: Sendable, Equatable, Codable {
  /// When it began, seconds since 1970.
  public var began: Double?
  /// The words of the command line, if there was one.
  public var command: [String]?
  /// Wall-clock seconds by suite.
  public var seconds: [String: Double]
  /// Speeds of the cost suite.
  public var costs: [CostTiming]
  /// The largest resident size of the process, bytes.
  public var peakMemoryBytes: Int?

  /// Timings from their parts.
  public init(
    began: Double? = nil, command: [String]? = nil, seconds: [String: Double] = [:],
    costs: [CostTiming] = [], peakMemoryBytes: Int? = nil
  ) {
    self.began = began
    self.command = command
    self.seconds = seconds
    self.costs = costs
    self.peakMemoryBytes = peakMemoryBytes
  }
}

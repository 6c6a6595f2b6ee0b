/// One finished piece of work: the results of one arm on one task of a suite. A run is a list of these.
public struct EvaluationRecord: Sendable, Equatable, Codable {
  /// The suite's name.
  public var suite: String
  /// The arm's name.
  public var arm: String
  /// The task's number within the suite.
  public var task: Int
  /// One for each question, check or block of a text, in order.
  public var outcomes: [ABReport.Outcome]
  /// Only for a text.
  public var text: TextScorer.Score?
  /// Of the lifecycle suite: the checks, one per element of `outcomes`.
  public var checks: [String]?
  /// Only for the cost suite.
  public var costs: [CostResult]
  /// Only for the cost suite.
  public var timings: [CostTiming]
  /// Wall-clock seconds it took.
  public var seconds: Double

  /// A record from its parts.
  public init(
    suite: String, arm: String, task: Int, outcomes: [ABReport.Outcome] = [],
    text: TextScorer.Score? = nil, checks: [String]? = nil, costs: [CostResult] = [],
    timings: [CostTiming] = [], seconds: Double = 0
  ) {
    self.suite = suite
    self.arm = arm
    self.task = task
    self.outcomes = outcomes
    self.text = text
    self.checks = checks
    self.costs = costs
    self.timings = timings
    self.seconds = seconds
  }

  /// Its unique key within a run.
  public var key: Key { Key(suite: suite, arm: arm, task: task) }

  /// A piece of work.
  public struct Key: Sendable, Hashable {
    /// The suite's name.
    public var suite: String
    /// The arm's name.
    public var arm: String
    /// The task's number within the suite.
    public var task: Int

    /// A key from its parts.
    public init(suite: String, arm: String, task: Int) {
      self.suite = suite
      self.arm = arm
      self.task = task
    }
  }
}

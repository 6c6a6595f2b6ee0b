/// Pass-or-fail checks of the life cycle of a memory file.
public struct LifecycleSuite: EvaluationSuite {
  public let name = "lifecycle"
  public let title = "Life of a memory"
  public let summary =
    """
    A memory is attached, filled, saved, loaded in another process, detached, forked and deleted, and a wrong model tries to \
    load it. Every check must hold: an empty or detached memory leaves the logits bit for bit as they are, a loaded one \
    gives the same logits as the saved one, and what is forgotten or deleted leaves nothing behind.
    """
  public let metrics: [Metric] = [.passed]

  /// The suite.
  public init() {}

  /// Always the same checks.
  public func plan(_ options: SuiteOptions) throws(EvaluationError) -> SuitePlan { .lifecycle }
}

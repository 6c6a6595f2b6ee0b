public import Mneme

/// What a memory costs: time and bytes.
public struct CostSuite: EvaluationSuite {
  public let name = "cost"
  public let title = "Speed and size"
  public let summary =
    """
    The memory reads a text of growing length; then its state, its file and the time to write, read, save and load are \
    measured. A memory of constant size must show a flat curve; times are ratios to the plain model in the same run.
    """
  public let metrics: [Metric] = []

  /// The suite.
  public init() {}

  /// The numbers of tokens read: 512, 2,048 and 8,192 by default.
  public func plan(_ options: SuiteOptions) throws(EvaluationError) -> SuitePlan {
    .cost(tokens: options.lengths([512, 2048, 8192]))
  }
}

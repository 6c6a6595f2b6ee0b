public import Mneme

/// A user's own text: `mneme ab --text FILE`.
public struct OwnTextSuite: EvaluationSuite {
  private let text: String
  private let label: String
  private let learns: Bool

  /// A suite of one text.
  ///
  /// - Parameters:
  ///   - label: what it is called: the file's name.
  ///   - learns: whether each window is committed after it was scored.
  public init(_ text: String, label: String, learns: Bool = false) {
    self.text = text
    self.label = label
    self.learns = learns
  }

  /// `text`.
  public var name: String { "text" }
  /// A heading.
  public var title: String { "Your text" }
  /// What it shows.
  public var summary: String {
    "The surprisal of each token of a text, window by window"
      + (learns ? "; each window is learned after it was scored." : "; nothing is learned from it.")
  }
  /// Surprisal.
  public var metrics: [Metric] { [.nll, .perplexity] }

  /// The text.
  public func plan(_ options: SuiteOptions) throws(EvaluationError) -> SuitePlan {
    .texts([TextTask(id: "text", title: label, text: text, learns: learns)])
  }
}

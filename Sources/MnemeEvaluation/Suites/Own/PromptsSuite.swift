public import Mneme

/// A user's own questions: `mneme ab --prompts FILE`.
public struct PromptsSuite: EvaluationSuite {
  private let items: [EvaluationItem]
  private let isRaw: Bool

  /// A suite of the items of a prompts file.
  ///
  /// - Parameter isRaw: whether prompts are continued directly, without the chat template.
  public init(_ items: [EvaluationItem], isRaw: Bool = false) {
    self.items = items
    self.isRaw = isRaw
  }

  /// `prompts`.
  public var name: String { "prompts" }
  /// A heading.
  public var title: String { "Your questions" }
  /// What it shows.
  public var summary: String {
    "Questions with their answers from a file. An item's setup is learned first, or put into the context."
  }
  /// Whether the answer is right, and how likely it was. A reply of a chat is a sentence with the answer in it; a
  /// prompt that is continued directly should go on with exactly the answer.
  public var metrics: [Metric] {
    isRaw ? [.exactMatch, .contains, .nll] : [.contains, .exactMatch, .nll]
  }

  /// An episode per item.
  public func plan(_ options: SuiteOptions) throws(EvaluationError) -> SuitePlan {
    .episodes(
      items.enumerated().map { index, item in
        Episode(
          id: "prompts \(index + 1)",
          sessions: item.setup.isEmpty ? [] : [item.setup.map { Telling(.statement, $0) }],
          questions: [Question(item.prompt, item.answers, kind: item.kind, isRaw: isRaw)])
      }, decoys: [])
  }
}

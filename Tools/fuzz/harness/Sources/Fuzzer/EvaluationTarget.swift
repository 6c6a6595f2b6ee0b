import MnemeEvaluation
import Foundation

/// Any bytes as a file an evaluation reads: the first one says which; the rest is the file.
enum EvaluationTarget {
  static let settings = RunSettings(
    version: "1", model: "m", fingerprint: "f",
    arms: [
      ArmDescription(name: "attached", role: .memory),
      ArmDescription(name: "detached", role: .detached),
    ], suites: ["s"], context: 64)

  /// Small results with everything in them.
  static var results: EvaluationResults {
    var items: [ABReport.Item] = []
    for index in 0..<3 {
      var item = ABReport.Item(prompt: "q", answers: ["a"], kind: "k", arms: [:])
      item.episode = "e\(index)"
      item.depth = 0.5
      item.length = 8
      item.answerPieces = ["a", "b"]
      for arm in ["attached", "detached"] {
        var outcome = ABReport.Outcome(
          text: "<a>", exactMatch: 1, contains: 0, nll: Double(index) + 1, tokens: 2)
        outcome.tokenNLL = [1, 2]
        item.arms[arm] = outcome
      }
      items.append(item)
    }
    let text = TextResult(
      id: "t", title: "text", pieces: ["a", "b"], positions: [0, 1], earlier: [0, 0],
      surprisal: ["attached": [1, 2], "detached": [2, 3]])
    let suite = SuiteResults(
      name: "s", title: "S", summary: "s", armNames: ["attached", "detached"],
      metrics: [.contains, .nll], items: items, texts: [text],
      costs: [CostResult(arm: "attached", tokens: 1, stateBytes: 2, fileBytes: 3, entries: 4)])
    return EvaluationResults(settings: settings, suites: [suite], done: 1, total: 2)
  }

  static func run(_ bytes: UnsafeRawBufferPointer) {
    guard let first = bytes.first else { return }
    let rest = UnsafeRawBufferPointer(rebasing: bytes[1...])
    switch first % 5 {
    case 0: plan(ConversationsSuite(), Target.write(rest, as: "conversations.json"))
    case 1: plan(EditsSuite(), Target.write(rest, as: "edits.json"))
    case 2:
      let items = try? JSONLines.decode(EvaluationItem.self, from: Data(rest), path: "input")
      if let items { _ = try? PromptsSuite(items).plan(SuiteOptions()) }
    case 3: results(Data(rest))
    default:
      _ = try? EvaluationLog.records(
        in: Target.write(rest, as: "run.partial"), settings: settings, work: "w")
    }
  }

  /// Every question of a plan has an answer, and what is told is within the length that was asked for.
  private static func plan(_ suite: some EvaluationSuite, _ path: String) {
    let options = SuiteOptions(lengths: suite.name == "edits" ? nil : [2000], data: path)
    guard let plan = try? suite.plan(options), case .episodes(let episodes, let decoys) = plan
    else { return }
    if !decoys.isEmpty, decoys.count != episodes.count { Target.report("decoys do not fit") }
    for question in episodes.flatMap(\.questions)
    where !question.answers.contains(where: { !$0.isEmpty }) {
      Target.report("a question without an answer")
    }
  }

  /// What is decoded has figures, can be shown, and is the same when written and read again.
  private static func results(_ data: Data) {
    guard let results = try? EvaluationResults(json: data, path: "input") else { return }
    let figures = results.figures
    _ = HTMLReport(results: results, figures: figures).html()
    _ = MarkdownReport(results: results, figures: figures).markdown()
    guard let again = try? JSONEncoder().encode(results),
      (try? EvaluationResults(json: again, path: "again")) != nil
    else { Target.report("written again it cannot be read") }
  }
}

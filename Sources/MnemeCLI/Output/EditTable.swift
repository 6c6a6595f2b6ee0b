import Mneme
import MnemeEvaluation

/// An edit report as a table.
enum EditTable {
  static func lines(_ report: EditReport) -> [String] {
    var table = TextTable(
      ["arm", "prompts", "asked", "success", "magnitude", "exact match", "unchanged"],
      alignments: [.left, .left, .right, .right, .right, .right, .right])
    for (name, arm) in report.arms.sorted(by: { $0.key < $1.key }) {
      for (kind, score) in [
        ("edit", arm.edit), ("paraphrase", arm.paraphrase), ("neighbourhood", arm.neighbourhood),
      ] where score.prompts > 0 {
        table.add([
          kind == "edit" ? name : "", kind, Figures.count(score.prompts), percent(score.success),
          Figures.signed(100 * score.magnitude, 1), percent(score.exact_match),
          percent(score.unchanged),
        ])
      }
    }
    var lines = table.lines
    if let test = report.forgetting {
      lines.append(
        "Forgot \(test.forgotten) of \(test.facts) facts: \(percent(test.forgotten_recall)) of them still"
          + " answered (\(percent(test.forgotten_base)) without any memory),"
          + " \(percent(test.retained_recall)) of the others kept.")
    }
    lines.append(
      report.form.map {
        "Prompts are a user's messages, facts stand in them as text (\($0.rawValue))."
      } ?? "Prompts are continued as they stand, without the chat template.")
    return lines
  }

  private static func percent(_ share: Double) -> String { Figures.decimal(100 * share, 1) + " %" }
}

import Mneme

/// In what two memories differ, in words: `-` is the first one's, `+` the second one's.
enum DifferenceText {
  static func lines(_ difference: MemoryDifference) -> [String] {
    guard !difference.isEmpty else { return ["Both hold the same."] }
    var lines: [String] = []
    lines += difference.onlyFirst.map { "- \(line($0))" }
    lines += difference.onlySecond.map { "+ \(line($0))" }
    for change in difference.changed {
      lines += ["- \(line(change.first))", "+ \(line(change.second))"]
    }
    lines += difference.commitsOnlyFirst.map { "- \(line($0))" }
    lines += difference.commitsOnlySecond.map { "+ \(line($0))" }
    if !difference.sameAdapter { lines.append("The adapters differ.") }
    var table = TextTable(
      ["module", "first", "second", "state"], alignments: [.left, .right, .right, .left])
    for module in difference.modules {
      table.add([
        module.kind, module.first.map(Figures.count) ?? "none",
        module.second.map(Figures.count) ?? "none", module.isSame ? "the same" : "different",
      ])
    }
    return lines + ["\(Figures.plural(difference.shared, "commit")) in both.", ""] + table.lines
  }

  private static func line(_ fact: Fact) -> String {
    let text = fact.text.split(whereSeparator: \.isNewline).joined(separator: " ")
    return "\(FactTable.digits(of: fact))  \(text)"
  }

  private static func line(_ commits: MemoryDifference.Commits) -> String {
    "\(Figures.plural(commits.commits, "commit")) from \(commits.source)"
      + " (\(Figures.plural(commits.tokens, "token")) learned)"
  }
}

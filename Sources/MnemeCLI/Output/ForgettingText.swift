import Mneme

/// What became of a wish to forget, in words.
enum ForgettingText {
  /// One line per fact, whatever the number of its tellings.
  static func facts(_ report: ForgettingReport) -> [String] {
    var lines: [String] = []
    // What was told several times is one fact.
    for fact in report.facts.map({ "Forgot: \($0.text)" }) where !lines.contains(fact) {
      lines.append(fact)
    }
    return lines
  }

  /// One line per fact, then what was taken out and how.
  static func lines(_ report: ForgettingReport) -> [String] {
    var lines = facts(report)
    var what: [String] = []
    if report.journalTokens > 0 {
      what.append("\(Figures.plural(report.journalTokens, "learned token"))")
    }
    if report.contextTokens > 0 {
      what.append(
        "\(Figures.plural(report.contextTokens, "token")) of questions and replies that may repeat it"
      )
    }
    if !what.isEmpty { lines.append("Taken out: \(what.joined(separator: ", ")).") }
    for (kind, outcome) in report.modules.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      switch outcome {
      case .exact: lines.append("\(kind): exact, by subtraction")
      case .replayed(let tokens):
        lines.append("\(kind): exact, made again from \(Figures.plural(tokens, "token"))")
      case .nothingToForget: lines.append("\(kind): knew nothing of it")
      case .unsupported: break
      }
    }
    if !report.unable.isEmpty { lines.append(unable(report.unable)) }
    return lines
  }

  /// What forgetting could not do.
  static func unable(_ kinds: [ModuleKind]) -> String {
    "The \(kinds.map(\.rawValue).joined(separator: " and ")) memory cannot take back what it learned;"
      + " a tendency may stay. Only a journal of format 2 allows it."
  }
}

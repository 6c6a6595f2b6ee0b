/// The results of a battery of suites as Markdown: the figures of `HTMLReport`, compact.
///
/// Whatever users or models named is escaped, so that it stays text in a table. Equal input gives
/// equal bytes.
public struct MarkdownReport: Sendable {
  let content: ReportContent

  /// A report.
  ///
  /// - Parameters:
  ///   - results: what was measured.
  ///   - figures: those of `results.suites`, found by their names, as `SuiteFigures.corrected` gives them.
  public init(results: EvaluationResults, figures: [SuiteFigures]) {
    content = ReportContent(results: results, figures: figures)
  }

  /// The file's text.
  public func markdown() -> String {
    let results = content.results
    var parts = ["# \(Self.escaped(content.headline))"]
    if let advice = content.advice { parts.append(Self.escaped(advice)) }
    parts.append("Memory evaluation of \(Self.escaped(results.settings.model)).")
    if !results.isComplete {
      parts.append(
        "**Not complete.** The run stopped after \(ReportFormat.count(results.done)) of "
          + "\(ReportFormat.count(results.total, "piece")) of work; the figures are of what was "
          + "done.")
    }
    parts += findings
    parts += ["## Summary", summary]
    parts += content.sections.flatMap(section)
    parts += ["## How it was measured", settings, "```sh\n\(command)\n```"]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  /// The command that gives the same figures again.
  var command: String {
    if let typed = content.results.timings.command {
      return typed.map(Self.quoted).joined(separator: " ")
    }
    let settings = content.results.settings
    var words = ["mneme", "ab", "--model", Self.quoted(settings.model)]
    for file in settings.memories { words += ["--memory", Self.quoted(file)] }
    for arm in settings.arms where arm.role == .memory {
      if arm.name != ABReport.attached {
        words += ["--arm", Self.quoted(arm.name)]
      } else if settings.memories.isEmpty {
        words += arm.modules.flatMap { ["--module", Self.quoted($0)] }
      }
    }
    // A user's own questions and texts are not named suites, and their paths are not recorded.
    for suite in settings.suites {
      words +=
        Self.own.contains(suite)
        ? ["--\(suite)", "FILE"] : ["--suite", Self.quoted(suite)]
    }
    let controls = settings.arms.filter { $0.role != .memory && $0.role != .detached }
    let hasOwn = settings.suites.contains { Self.own.contains($0) }
    words += controls.flatMap { arm in
      let isFile =
        arm.role == .wrongMemory && (hasOwn || arm.name != ABReport.wrongMemory)
      return ["--control", isFile ? "FILE" : Self.quoted(arm.name)]
    }
    if controls.isEmpty { words += ["--control", "none"] }
    words += ["--seed", String(settings.seed), "--context", String(settings.context)]
    words += ["--temperature", HTMLReport.plain(settings.temperature)]
    words += ["--tokens", String(settings.tokens), "--budget", String(settings.budget)]
    if let episodes = settings.episodes { words += ["--episodes", String(episodes)] }
    if let lengths = settings.lengths {
      words += ["--lengths", lengths.map(String.init).joined(separator: ",")]
    }
    if let limit = settings.limit { words += ["--limit", String(limit)] }
    return words.joined(separator: " ")
  }

  /// Suites that are files of the user's.
  private static let own: Set<String> = ["prompts", "text"]

  private var settings: String {
    let settings = content.results.settings
    let timings = content.results.timings
    let files = settings.memories.map { "`\(Self.code($0))`" }
    var rows = [
      ["model", "`\(Self.code(settings.model))`"],
      ["fingerprint", "`\(Self.code(settings.fingerprint))`"],
      ["memory files", files.isEmpty ? "none" : files.joined(separator: ", ")],
      ["arms", content.arms.map { Self.escaped($0.name) }.joined(separator: ", ")],
      ["seed", String(settings.seed)],
      ["context", ReportFormat.count(settings.context, "token")],
      ["program", "mneme \(Self.escaped(settings.version))"],
    ]
    if let form = settings.form?.explanation { rows.append(["form", Self.escaped(form)]) }
    if timings.began != nil { rows.append(["begun", ReportFormat.date(timings.began)]) }
    if let peak = timings.peakMemoryBytes {
      rows.append(["peak memory", ReportFormat.bytes(Double(peak))])
    }
    return Self.table(["", ""], rows, numbersFrom: 2)
  }

  private var findings: [String] {
    let sentences = ReportSentences(content: content)
    let headlines = content.headlines
    let changed = headlines.map { headline -> String in
      let verdict = headline.verdict.map { "**\($0.rawValue)**: " } ?? ""
      let figures = headline.comparison.map { ReportSentences.sentence($0) } ?? ""
      let text =
        headlines.count == 1
        ? figures
        : figures.isEmpty
          ? headline.sentence : "\(headline.sentence) \(figures.capitalizedFirst)."
      return "- \(verdict)\(Self.escaped(text.isEmpty ? headline.sentence : text))"
    }
    let others = (sentences.cost + sentences.belief).map { "- \(Self.escaped($0))" }
    return ["## Findings", (changed + others).joined(separator: "\n")]
  }

  private var summary: String {
    let arms = content.arms
    let rows = content.sections.compactMap { section -> [String]? in
      guard let metric = section.deciding else { return nil }
      let cells = arms.map { arm -> String in
        guard section.arms.contains(arm) else { return ReportFormat.missing }
        let value = metric.text(section.figures.arms[arm.name]?[metric])
        guard arm.role == .memory,
          let found = section.comparison(arm.name, against: section.detached)
        else { return value }
        let interval = found.difference.interval.map { " [\(metric.interval($0))]" } ?? ""
        return "**\(value)**<br>\(found.verdict.sign) \(found.verdict.rawValue) "
          + "\(metric.difference(found.difference.mean))\(interval)"
      }
      let name = "\(Self.escaped(section.suite.name))<br>\(metric.heading.lowercasedFirst)"
      return [name, String(section.figures.items)] + cells
    }
    guard !rows.isEmpty else { return "No suite with a deciding figure was run." }
    return """
      Below a memory's figure: its difference to the plain model (shares in percentage points) with \
      the 95 % interval.

      \(Self.table(["suite", "items"] + arms.map { Self.escaped($0.name) }, rows))
      """
  }
}

extension MarkdownReport {
  /// Text that no renderer takes for markup: all special characters of Markdown and HTML are escaped, line ends become
  /// spaces.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\", "`", "*", "_", "[", "]", "#", "|", "~", "!", "$":
        result += "\\"
        result.unicodeScalars.append(scalar)
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}": result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Text inside backquotes in a table.
  static func code(_ text: String) -> String {
    let plain = text.unicodeScalars.map { scalar -> Character in
      scalar.value < 32 || scalar == "`" || scalar == "|" ? " " : Character(scalar)
    }
    return String(plain)
  }

  /// A word of a shell command, quoted where it has to be. Control characters are left out, so that
  /// nothing ends the line or the code block.
  static func quoted(_ word: String) -> String {
    let kept = word.unicodeScalars.filter { $0.value >= 32 && $0.value != 127 }
    let text = String(String.UnicodeScalarView(kept))
    let isPlain =
      !text.isEmpty
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-/+:".contains($0)) }
    return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }

  /// A table; columns from the second on are right-aligned by default, and left out when they hold no value.
  static func table(_ head: [String], _ rows: [[String]], numbersFrom: Int = 1) -> String {
    let kept = FilledColumns.kept(of: head.count) { column in
      rows.contains { ReportFormat.isValue($0[column]) }
    }
    let rule = head.indices.map { $0 >= numbersFrom ? "---:" : "---" }
    return ([head, rule] + rows).map { row in
      "| " + kept.map { row[$0] }.joined(separator: " | ") + " |"
    }.joined(separator: "\n")
  }
}

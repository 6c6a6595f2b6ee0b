import Foundation
import Mneme
import MnemeEvaluation

/// Cells, and how tables are kept within the width of a line.
extension EvaluationTable {
  /// The metric a group is shown by: the suite's first that any group has.
  static func metric(of groups: [SuiteFigures.Group], _ suite: SuiteResults) -> Metric? {
    suite.metrics.first { metric in
      groups.contains { $0.means.values.contains { $0[metric] != nil } }
    }
  }

  static func kind(_ group: SuiteFigures.Group) -> String { group.kind.map(name) ?? "-" }

  static func figure(_ metric: Metric, _ value: Double?) -> String {
    Figures.decimal(value, metric == .perplexity ? 2 : 3)
  }

  static func interval(_ delta: PairedDifference) -> String {
    guard let interval = delta.interval else { return "-" }
    return "[\(Figures.signed(interval.lowerBound)), \(Figures.signed(interval.upperBound))]"
  }

  static func probability(_ p: Double?) -> String {
    guard let p else { return "-" }
    return p < 0.0005 ? "< 0.001" : Figures.decimal(p)
  }

  static func unit(_ value: Double?, _ places: Int, _ unit: String) -> String {
    guard value?.isFinite == true else { return "-" }
    return "\(Figures.decimal(value, places)) \(unit)"
  }

  static func effectTable(_ title: String) -> TextTable {
    TextTable(
      [title, "arm", "helped", "harmed", "unchanged", "nats saved", "nats lost"],
      alignments: [.left, .left, .right, .right, .right, .right, .right])
  }

  static func cells(of effect: SuiteFigures.TokenEffect) -> [String] {
    [
      Figures.count(effect.helped), Figures.count(effect.harmed), Figures.count(effect.unchanged),
      Figures.decimal(effect.helpNats, 2), Figures.decimal(effect.harmNats, 2),
    ]
  }

  /// A name from a file as a cell: on one line, of at most 24 characters.
  static func name(_ text: String) -> String {
    let text = clean(text)
    return text.count > 24 ? text.prefix(23) + "~" : text
  }

  /// Text from a file without what a terminal would obey, on one line.
  static func clean(_ text: String) -> String {
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return EscapedText.escaped(words)
  }

  /// A sentence of a report in the signs of a terminal's tables, its names cleaned.
  static func plain(_ sentence: String) -> String {
    let signs = ["\u{A0}": " ", "\u{2212}": "-", "\u{201C}": "\"", "\u{201D}": "\""]
    return clean(String(sentence.flatMap { signs[String($0)] ?? String($0) }))
  }

  static func clipped(_ line: String) -> String {
    line.count > width ? line.prefix(width - 1) + "~" : line
  }

  static func wrapped(_ text: String) -> [String] {
    // Prose is read in lines of the narrowest terminal.
    var wrapper = WordWrapper(columns: 80)
    let whole = wrapper.pass(text) + wrapper.finish()
    return whole.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
  }

  /// A table whose columns go on below, behind the first ones once more, where a line would be too long. Columns without
  /// any value are left out.
  static func fitted(_ all: [String], _ allRows: [[String]], keeping fixed: Int) -> [String] {
    let kept = FilledColumns.kept(of: all.count, keeping: fixed) { column in
      allRows.contains { $0[column] != "-" }
    }
    let header = kept.map { all[$0] }
    let rows = allRows.map { row in kept.map { row[$0] } }
    let widths = header.indices.map { column in
      ([header[column]] + rows.map { $0[column] }).map(\.count).max() ?? 0
    }
    let base = widths.prefix(fixed).reduce(0) { $0 + $1 + 2 }
    var parts: [[Int]] = [[]]
    var used = base
    for column in header.indices.dropFirst(fixed) {
      if used + widths[column] > width, parts.last?.isEmpty == false {
        parts.append([])
        used = base
      }
      parts[parts.count - 1].append(column)
      used += widths[column] + 2
    }
    var lines: [String] = []
    for part in parts {
      let columns = Array(header.indices.prefix(fixed)) + part
      var table = TextTable(columns.map { header[$0] })
      for row in rows { table.add(columns.map { row[$0] }) }
      if !lines.isEmpty { lines.append("") }
      lines += table.lines
    }
    return lines
  }
}

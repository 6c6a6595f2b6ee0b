import Foundation
import MnemeEvaluation

/// A plain table for a terminal: columns padded to their widest cell, two spaces between them.
package struct TextTable {
  /// How a column's cells are placed.
  package enum Alignment: Sendable {
    case left
    case right
  }

  private let header: [String]
  private let alignments: [Alignment]
  private var rows: [[String]] = []

  /// A table with the given column titles; the first column is left-aligned, the others right-aligned
  /// unless told otherwise.
  package init(_ header: [String], alignments: [Alignment]? = nil) {
    self.header = header
    self.alignments =
      alignments ?? header.indices.map { $0 == 0 ? Alignment.left : Alignment.right }
  }

  /// Adds a row; missing cells are empty, surplus ones are dropped.
  package mutating func add(_ cells: [String]) {
    rows.append(header.indices.map { $0 < cells.count ? cells[$0] : "" })
  }

  /// The same without columns that hold no value, `-` or nothing in every row; the first one stays.
  package func withoutEmptyColumns() -> TextTable {
    let kept = FilledColumns.kept(of: header.count) { column in
      rows.contains { !["", "-"].contains($0[column]) }
    }
    var table = TextTable(
      kept.map { header[$0] },
      alignments: kept.map { $0 < alignments.count ? alignments[$0] : .left })
    for row in rows { table.add(kept.map { row[$0] }) }
    return table
  }

  /// A text on one line, as a cell of at most so many characters.
  package static func shortened(_ text: String, to width: Int) -> String {
    let words = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    let line = words.trimmingCharacters(in: .whitespaces)
    return line.count > width ? line.prefix(width - 3) + "..." : line
  }

  /// The lines, header first, without trailing spaces.
  package var lines: [String] {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      let cells = row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        let alignment = column < alignments.count ? alignments[column] : .left
        return alignment == .left ? row[column] + padding : padding + row[column]
      }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}

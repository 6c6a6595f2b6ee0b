/// Two texts beside each other, each wrapped to its half of the terminal.
package struct SideBySide: Sendable {
  /// Columns of a half.
  package let width: Int

  private static let gap = " | "

  /// Halves of a terminal.
  package init(columns: Int) {
    width = max(8, (columns - Self.gap.count) / 2)
  }

  /// The lines of both; the shorter one is filled up.
  package func lines(_ left: String, _ right: String) -> [String] {
    let (a, b) = (wrap(left), wrap(right))
    return (0..<max(a.count, b.count)).map {
      row($0 < a.count ? a[$0] : "", $0 < b.count ? b[$0] : "")
    }
  }

  /// One line of both, each no wider than a half.
  package func row(_ left: String, _ right: String) -> String {
    let padding = String(repeating: " ", count: max(0, width - DisplayWidth.of(left)))
    let line = left + padding + Self.gap + right
    return String(line.reversed().drop { $0 == " " }.reversed())
  }

  /// Lines no wider than a half, broken at words; a word that is wider is broken where it has to be.
  package func wrap(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { paragraph in
      var lines: [String] = []
      var line = ""
      var used = 0
      for word in paragraph.split(separator: " ").map({ EscapedText.escaped(String($0)) }) {
        let wide = DisplayWidth.of(word)
        if used > 0, used + 1 + wide <= width {
          line += " " + word
          used += 1 + wide
          continue
        }
        if used > 0 { lines.append(line) }
        (line, used) = ("", 0)
        for character in word {
          let wide = DisplayWidth.of(character)
          if used + wide > width {
            lines.append(line)
            (line, used) = ("", 0)
          }
          line.append(character)
          used += wide
        }
      }
      return lines + [line]
    }
  }
}

/// Columns that text takes up on a terminal.
package enum DisplayWidth {
  /// Of a line.
  package static func of(_ text: String) -> Int { text.reduce(0) { $0 + of($1) } }

  /// Two for the wide characters of East Asian scripts and for emoji (Unicode Standard Annex 11), else one.
  package static func of(_ character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    return wide.contains { $0.contains(scalar.value) } ? 2 : 1
  }

  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
    0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
    0x1F680...0x1F6FF, 0x1F900...0x1FAFF, 0x20000...0x3FFFD,
  ]
}

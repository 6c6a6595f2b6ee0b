/// Breaks a whole line at words, so that a narrow terminal does not break inside one.
enum LineFolder {
  /// The line in pieces of at most so many columns; what follows the first stands under the last column of a list, or
  /// under the line's own beginning. A line with terminal codes stays as it is.
  static func fold(_ text: String, columns: Int?) -> String {
    guard let columns, columns >= least, text.count > columns, !text.contains("\u{1B}") else {
      return text
    }
    let indent = String(repeating: " ", count: indent(of: text, columns: columns))
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    var lines: [String] = []
    var line = String(words.first ?? "")
    for word in words.dropFirst() {
      if line.count + 1 + word.count >= columns, !word.isEmpty, line.contains(where: { $0 != " " })
      {
        lines.append(line)
        line = indent + word
      } else {
        line += " " + word
      }
    }
    return (lines + [line]).joined(separator: "\n")
  }

  private static let least = 40

  /// Where the last column of a list begins, in the first two thirds of a line.
  private static func indent(of text: String, columns: Int) -> Int {
    let characters = Array(text)
    var indent = characters.prefix { $0 == " " }.count
    for place in 2..<max(2, min(characters.count, columns * 2 / 3))
    where characters[place - 1] == " " && characters[place - 2] == " " && characters[place] != " " {
      indent = place
    }
    return indent
  }
}

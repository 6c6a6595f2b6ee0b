/// Breaks a stream of text at words instead of at the edge of the terminal.
///
/// A word is held back until it is known to be whole, so that what was printed never has to move.
package struct WordWrapper {
  private let columns: Int?
  private var column = 0
  private var word = ""

  /// Wraps at `columns`; `nil` passes text through as it comes.
  package init(columns: Int?) {
    self.columns = columns.map { max(16, $0) }
  }

  /// The text that can be printed after one more piece.
  package mutating func pass(_ piece: String) -> String {
    guard columns != nil else { return piece }
    var result = ""
    for character in piece {
      if character.isNewline {
        result += takeWord() + "\n"
        column = 0
      } else if character.isWhitespace {
        result += takeWord()
        if let columns, column + 1 >= columns {
          result += "\n"
          column = 0
        } else {
          result.append(character)
          column += 1
        }
      } else {
        word.append(character)
      }
    }
    return result
  }

  /// The word still held back.
  package mutating func finish() -> String {
    takeWord()
  }

  private mutating func takeWord() -> String {
    defer { word = "" }
    guard let columns, !word.isEmpty else { return word }
    if column > 0, column + word.count >= columns {
      column = word.count % columns
      return "\n" + word
    }
    column = (column + word.count) % columns
    return word
  }
}

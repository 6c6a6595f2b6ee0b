/// A word as it was said.
package struct SpokenWord: Sendable, Equatable {
  /// In small letters, with straight apostrophes.
  package let lower: String
  /// Whether it begins with a capital.
  package let isCapitalised: Bool
  /// Its place in the text.
  package let range: Range<String.Index>
  /// The punctuation between it and the next word, but for the full stop of a title ("Dr.").
  package private(set) var after = ""

  /// The words of a text: letters, digits, and what stands between two of them without white space.
  package static func words(of text: String) -> [SpokenWord] {
    var words: [SpokenWord] = []
    var start: String.Index?
    func isPart(_ index: String.Index) -> Bool {
      let character = text[index]
      if character.isLetter || character.isNumber { return true }
      let next = text.index(after: index)
      guard start != nil, !character.isWhitespace, next < text.endIndex else { return false }
      return !",;:()\"\u{2014}\u{2013}/".contains(character)
        && (text[next].isLetter || text[next].isNumber)
    }
    func finish(_ end: String.Index) {
      guard let begin = start else { return }
      let said = text[begin..<end]
      words.append(
        SpokenWord(
          lower: said.lowercased().replacing("\u{2019}", with: "'"),
          isCapitalised: said.first?.isUppercase ?? false, range: begin..<end))
      start = nil
    }
    for index in text.indices {
      if isPart(index) {
        if start == nil { start = index }
      } else {
        finish(index)
        if let last = words.last, !text[index].isWhitespace {
          let isTitles =
            text[index] == "." && last.after.isEmpty && SentenceScanner.isTitle(last.lower)
          if !isTitles { words[words.count - 1].after.append(text[index]) }
        }
      }
    }
    finish(text.endIndex)
    return words
  }
}

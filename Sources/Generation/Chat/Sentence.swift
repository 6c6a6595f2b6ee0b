import Tokenization

/// A stretch of a message up to and including its end marks.
///
/// A user's questions are not learned: a question states no fact, and a memory that contains it would answer with the
/// question's own words. What of a sentence is learned, `parts` says.
package struct Sentence: Equatable {
  /// The text, end marks and the space after the sentence before included.
  package let text: String

  /// Whether it ends in a question mark, closing quotation marks and brackets aside.
  package var isQuestion: Bool {
    let end = text.reversed().drop {
      $0.isWhitespace || "\"')]}\u{201D}\u{2019}\u{00BB}\u{300D}\u{300F}\u{FF09}".contains($0)
    }
    let mark = end.first { $0 != "!" && $0 != "." && $0 != "\u{FF01}" }
    return mark.map { "?\u{FF1F}\u{061F}\u{203D}\u{2047}\u{2048}\u{2049}".contains($0) } ?? false
  }

  /// Cuts a text where `SentenceScanner` says; joined, the parts are the text.
  ///
  /// The end of a line belongs to the sentence before it, other white space to the one after it.
  package static func split(_ text: String) -> [Sentence] {
    var sentences: [Sentence] = []
    var scanner = SentenceScanner()
    var start = text.startIndex
    var cut = text.startIndex  // where the next sentence would begin
    var isSpace = false
    for index in text.unicodeScalars.indices {
      let scalar = text.unicodeScalars[index]
      let begins = scanner.reads(scalar)
      if scalar.properties.isWhitespace {
        if !isSpace { cut = index }
        isSpace = true
        if scalar == "\n" { cut = text.unicodeScalars.index(after: index) }
        continue
      }
      if begins {
        let end = isSpace ? cut : index
        sentences.append(Sentence(text: String(text[start..<end])))
        start = end
      }
      isSpace = false
    }
    if start < text.endIndex { sentences.append(Sentence(text: String(text[start...]))) }
    return sentences
  }
}

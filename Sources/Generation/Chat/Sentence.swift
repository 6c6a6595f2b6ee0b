/// A stretch of a message up to and including its end marks.
///
/// A user's questions are not learned: a question states no fact, and a memory that contains it would answer with the
/// question's own words.
package struct Sentence: Equatable {
  /// The text, end marks and the space after the sentence before included.
  package let text: String

  /// Whether it ends in a question mark, closing quotation marks and brackets aside.
  package var isQuestion: Bool {
    let end = text.reversed().drop { $0.isWhitespace || "\"')]}\u{201D}\u{2019}".contains($0) }
    return end.first { $0 != "!" && $0 != "." } == "?"
  }

  /// Cuts a text after each run of end marks that is followed by a space or the end; joined, the parts are the text.
  package static func split(_ text: String) -> [Sentence] {
    var sentences: [Sentence] = []
    var current = ""
    var ended = false
    for character in text {
      if ended, character.isWhitespace {
        sentences.append(Sentence(text: current))
        current = ""
      }
      ended =
        character.isNewline || ".!?".contains(character) || ended && "\"')]}".contains(character)
      current.append(character)
    }
    if !current.isEmpty { sentences.append(Sentence(text: current)) }
    return sentences
  }
}

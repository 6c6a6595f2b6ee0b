import Foundation

/// Splits texts into pieces of a few sentences.
package enum TextPieces {
  /// Pieces of at most `maximum` tokens that end with sentences; a longer sentence is split between words, a longer word stays.
  package static func split(
    _ text: String, maximum: Int, countTokens: (String) -> Int
  ) -> [String] {
    let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !text.isEmpty else { return [] }
    if countTokens(text) <= maximum { return [text] }
    var units: [String] = []
    for sentence in sentences(text) {
      if countTokens(sentence) <= maximum {
        units.append(sentence)
      } else {
        units += join(
          sentence.split(whereSeparator: \.isWhitespace).map(String.init), maximum, countTokens)
      }
    }
    return join(units, maximum, countTokens)
  }

  /// Neighbours joined as long as they fit.
  private static func join(
    _ units: [String], _ maximum: Int, _ countTokens: (String) -> Int
  ) -> [String] {
    var pieces: [String] = []
    for unit in units {
      if let last = pieces.last {
        let joined = last + " " + unit
        if countTokens(joined) <= maximum {
          pieces[pieces.count - 1] = joined
          continue
        }
      }
      pieces.append(unit)
    }
    return pieces
  }

  /// Sentences: they end with `.`, `!` or `?` before white space, or with a line.
  package static func sentences(_ text: String) -> [String] {
    var sentences: [String] = []
    var current = ""
    var ends = false
    func finish() {
      let sentence = current.trimmingCharacters(in: .whitespacesAndNewlines)
      if !sentence.isEmpty { sentences.append(sentence) }
      current = ""
    }
    for character in text {
      if character.isNewline || (ends && character.isWhitespace) {
        finish()
        ends = false
        continue
      }
      current.append(character)
      // A quotation mark or bracket after the mark still belongs to the sentence.
      ends = ".!?".contains(character) || (ends && "\"')\u{201d}\u{2019}".contains(character))
    }
    finish()
    return sentences
  }
}

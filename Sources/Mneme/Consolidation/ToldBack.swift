import Foundation
import Tokenization

/// What the user said, told back to them: "My dog is called Bo." as "Your dog is called Bo."
///
/// Fast weights learn facts as such replies, one form for all; a model's own answers with the fact before it come in many
/// forms, and small models often talk about the text instead of answering. English, and the possessives of a few other
/// languages; the rest stays as it was said.
package struct ToldBack {
  /// The reply, a sentence.
  package let text: String

  /// Turns a statement around.
  package init(_ statement: String) {
    let words = SpokenWord.words(of: statement)
    let start = Self.start(of: words)
    guard words.indices.contains(start) else {
      text = Self.closed(statement)
      return
    }
    var result = ""
    var end = words[start].range.lowerBound
    for (index, word) in words.enumerated().dropFirst(start) {
      result += statement[end..<word.range.lowerBound]
      end = word.range.upperBound
      let said = String(statement[word.range])
      guard let other = Self.other(word.lower, after: index > start ? words[index - 1].lower : nil)
      else {
        result += said
        continue
      }
      // At the beginning of a sentence as it was written.
      let begins = index == start || words[index - 1].after.contains(where: ".!?".contains)
      result += begins ? other.prefix(1).uppercased() + other.dropFirst() : other
    }
    result += statement[end...]
    let line = result.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    text = Self.closed(line.prefix(1).uppercased() + line.dropFirst())
  }

  /// Where the statement begins, behind "by the way", "remember that" and the like.
  static func start(of words: [SpokenWord]) -> Int {
    let openers: Set<String> = [
      "hi", "hello", "hey", "btw", "fyi", "please", "note", "remember", "that", "just", "so", "you",
      "know", "well", "ok", "okay", "by", "the", "way", "also", "and", "don't", "forget",
      "actually",
      "oh", "these", "sorry",
    ]
    // "the" opens "by the way", and many a statement.
    var place = 0
    while place < words.count, openers.contains(words[place].lower) {
      let isArticle =
        words[place].lower == "the"
        && !(words.indices.contains(place + 1) && words[place + 1].lower == "way")
      if isArticle { break }
      // A pronoun that goes on as the subject: "that is mine", "you are late".
      if ["that", "you", "so", "these"].contains(words[place].lower), place == 0 { break }
      place += 1
    }
    return place < words.count ? place : 0
  }

  private static func other(_ word: String, after previous: String?) -> String? {
    switch word {
    case "i", "we", "me", "us": "you"
    case "i'm", "we're", "im": "you're"
    case "i've", "we've", "ive": "you've"
    case "i'd", "we'd": "you'd"
    case "i'll", "we'll": "you'll"
    case "my", "our": "your"
    case "mine", "ours": "yours"
    case "myself", "ourselves": "yourself"
    case "am" where previous == "i": "are"
    case "was" where previous == "i": "were"
    case "mein": "dein"
    case "meine": "deine"
    case "meinen": "deinen"
    case "meiner": "deiner"
    case "meinem": "deinem"
    case "mi": "tu"
    case "mis": "tus"
    case "mon": "ton"
    case "ma": "ta"
    case "mes": "tes"
    default: nil
    }
  }

  private static func closed(_ text: String) -> String {
    guard let last = text.last else { return text }
    if last == "?" { return text.dropLast() + "." }
    return ".!\u{3002}\u{0964}".contains(last) ? text : text + "."
  }
}

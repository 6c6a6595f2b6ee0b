import Foundation

/// How generated text is compared with the answers an item lists.
///
/// Both sides are lower-cased and stripped of punctuation and of the articles "a", "an" and "the",
/// white space collapsed: the normalisation of SQuAD (Rajpurkar et al. 2016), which question
/// answering has used since.
public enum AnswerText {
  private static let articles: Set<Substring> = ["a", "an", "the"]

  /// The words that are compared.
  ///
  /// Punctuation inside a word ("don't", "e-mail") is removed without splitting it.
  public static func words(_ text: String) -> [Substring] {
    var plain = String.UnicodeScalarView()
    for scalar in text.lowercased().unicodeScalars {
      if CharacterSet.whitespacesAndNewlines.contains(scalar) {
        plain.append(" ")
      } else if !CharacterSet.punctuationCharacters.contains(scalar),
        !CharacterSet.symbols.contains(scalar)
      {
        plain.append(scalar)
      }
    }
    return String(plain).precomposedStringWithCanonicalMapping.split(separator: " ")
      .filter { !articles.contains($0) }
  }

  /// The part of a generated text that counts as the answer: its first line with words.
  ///
  /// A model that continues after its answer is judged by the answer alone.
  public static func answer(in generated: String) -> String {
    let lines = generated.split(whereSeparator: \.isNewline)
    let first = lines.first { !words(String($0)).isEmpty } ?? ""
    return first.trimmingCharacters(in: .whitespaces)
  }

  /// Whether the generated answer equals one of `answers` after normalisation.
  public static func exactMatch(_ generated: String, _ answers: [String]) -> Bool {
    let found = words(answer(in: generated))
    return answers.contains { answer in
      let expected = words(answer)
      return !expected.isEmpty && expected == found
    }
  }

  /// Whether one of `answers` appears in `generated` as whole words, in order and adjacent.
  public static func contains(_ generated: String, _ answers: [String]) -> Bool {
    let found = words(generated)
    return answers.contains { answer in
      let expected = words(answer)
      guard !expected.isEmpty, expected.count <= found.count else { return false }
      return (0...(found.count - expected.count)).contains { start in
        found[start..<(start + expected.count)].elementsEqual(expected)
      }
    }
  }
}

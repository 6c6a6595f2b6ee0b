import Memory
import Tokenization

/// The passages of texts that share most with a question, read again for it: compacted rows say what a text is about, but names and
/// numbers come back word by word only from rows of their own. Tokens are kept anyway, so this takes no room in the file.
///
/// A passage is some sentences that follow one another. Single sentences, out of their context, are worse: of ten facts in a novel SmolLM2
/// then answers 1 to 3, and 4 to 6 from passages of 60 words.
struct Passages {
  /// Tokens of a passage, at least.
  private static let length = 80
  /// What stands around them. A small model answers about a text that is named as such: of thirty facts in passages of 25 words of a
  /// novel SmolLM2 answers 23, 17 where the question goes on in the last line, and 10 where only an empty line stands between. What
  /// people said is no text to it: of 16 things told one after the other it then answers 5, and 10 without.
  private static let (before, after) = ("Text: \"", "\"\nAccording to the text:\n")

  let context: ModuleContext
  let shape: RowShape
  /// The most tokens that are read again.
  let limit: Int

  /// The rows of the passages that fit a question best, in the order of the texts, with the words that lead to the question; nil where
  /// none shares a word with it.
  ///
  /// - Parameter texts: of each its tokens, and which of them are what people said; the rest of a shorter list are not.
  func rows(
    of texts: [(tokens: [Int32], isSpoken: [Bool])], for question: some Sequence<Int32>
  ) -> RowPart? {
    // Tokens that are not known cannot be read.
    let known = texts.filter { $0.tokens.allSatisfy { $0 >= 0 } }
    let (passages, areSpoken) = known.reduce(into: ([[Int32]](), [Bool]())) { all, text in
      for range in ranges(of: text.tokens) {
        all.0.append(Array(text.tokens[range]))
        all.1.append(text.isSpoken.dropFirst(range.lowerBound).prefix(range.count).contains(true))
      }
    }
    var relevance = TokenRelevance(context)
    for passage in passages { relevance.add(passage) }
    let scores = relevance.scores(for: question)
    var (chosen, room): ([Int], Int) = ([], limit)
    for index in scores.indices.sorted(by: { (-scores[$0], $0) < (-scores[$1], $1) }) {
      guard scores[index] > 0, room > 0 else { break }
      guard passages[index].count <= room || chosen.isEmpty else { continue }
      chosen.append(index)
      room -= passages[index].count
    }
    guard !chosen.isEmpty else { return nil }
    // The best is cut only where it stands alone.
    let found = chosen.sorted().flatMap { passages[$0] }.prefix(limit)
    let isNamed = context.tokenizer != nil && !chosen.contains { areSpoken[$0] }
    let bank = RowBank(
      reading: isNamed
        ? words(Self.before, continuing: false) + found + words(Self.after, continuing: true)
        : Array(found),
      after: StudyFrame(context).begin, context, shape)
    return bank.map { RowPart($0, end: $0.count, leadsToQuestion: isNamed) }
  }

  /// Nothing without a tokenizer.
  private func words(_ text: String, continuing: Bool) -> [Int32] {
    context.tokenizer?.encode(fragment: text, continuing: continuing) ?? []
  }

  /// Sentences that follow one another, until they are long enough.
  private func ranges(of text: [Int32]) -> [Range<Int>] {
    TextSentences(text, context).ranges.reduce(into: []) { passages, sentence in
      let most = min(Self.length, limit)
      if let last = passages.last, last.count < most, last.count + sentence.count <= limit {
        passages[passages.count - 1] = last.lowerBound..<sentence.upperBound
      } else {
        passages.append(sentence)
      }
    }
  }
}

import Memory

/// The passages of texts that share most with a question, read again for it: compacted rows say what a text is about, but names and
/// numbers come back word by word only from rows of their own. Tokens are kept anyway, so this takes no room in the file.
///
/// A passage is some sentences that follow one another. Single sentences, out of their context, are worse: of ten facts in a novel SmolLM2
/// then answers 1 to 3, and 4 to 6 from passages of 60 words.
struct Passages {
  /// Tokens of a passage, at least.
  private static let length = 80

  let context: ModuleContext
  let shape: RowShape
  /// The most tokens that are read again.
  let limit: Int

  /// The rows of the passages that fit a question best, in the order of the texts; nil where none shares a word with it.
  ///
  /// - Parameter texts: the tokens of each.
  func rows(of texts: [[Int32]], for question: some Sequence<Int32>) -> RowBank? {
    // Tokens that are not known cannot be read.
    let passages = texts.filter { $0.allSatisfy { $0 >= 0 } }.flatMap { text in
      ranges(of: text).map { Array(text[$0]) }
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
    // The best is cut only where it stands alone.
    return RowBank(
      reading: Array(chosen.sorted().flatMap { passages[$0] }.prefix(limit)),
      after: StudyFrame(context).begin, context, shape)
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

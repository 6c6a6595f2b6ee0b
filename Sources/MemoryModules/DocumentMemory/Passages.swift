import Memory

/// The sentences of documents that share most with a question, read again for it: compacted rows say what a document is about, but
/// names and numbers come back word by word only from rows of their own. Tokens are kept anyway, so this takes no room in the file.
struct Passages {
  let context: ModuleContext
  let shape: RowShape
  /// The most tokens that are read again.
  let limit: Int

  /// The rows of the sentences that fit a question best, the best last, right before the question; nil where none shares a
  /// word with it.
  ///
  /// - Parameter documents: the tokens of each.
  func rows(of documents: [[Int32]], for question: some Sequence<Int32>) -> RowBank? {
    // Tokens that are not known cannot be read.
    let known = documents.filter { $0.allSatisfy { $0 >= 0 } }
    let sentences = known.flatMap { text in
      TextSentences(text, context).ranges.map { Array(text[$0]) }
    }
    var relevance = TokenRelevance(context)
    for sentence in sentences { relevance.add(sentence) }
    let scores = relevance.scores(for: question)
    var (chosen, room): ([Int], Int) = ([], limit)
    for index in scores.indices.sorted(by: { (-scores[$0], $0) < (-scores[$1], $1) }) {
      guard scores[index] > 0, room > 0 else { break }
      guard sentences[index].count <= room || chosen.isEmpty else { continue }
      chosen.append(index)
      room -= sentences[index].count
    }
    // The best is cut only where it stands alone.
    return RowBank(
      reading: Array(chosen.reversed().flatMap { sentences[$0] }.prefix(limit)),
      after: StudyFrame(context).begin, context, shape)
  }
}

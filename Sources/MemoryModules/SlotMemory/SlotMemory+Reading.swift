package import Memory
import Tensors
import Transformer

/// The features of the gates of slot memories.
enum SlotFeature: String, FeatureName {
  /// The largest score of a token.
  case bestScore = "best score"
  /// Probability of the first token minus that of the second.
  case margin
}

extension SlotMemory: AssociativeModule, FactAddressing {
  package static var featureNames: [String] { SlotFeature.names }

  /// Tokens that a reading names.
  private static var voters: Int { 64 }

  package func read(_ input: ReadInput) -> [Reading?] {
    let columns = context.keyColumns
    return (0..<input.rows).map { row in
      let query = Array(input.keys[row * columns..<(row + 1) * columns])
      return isEmpty || !query.allSatisfy(\.isFinite) ? nil : reading(query)
    }
  }

  /// The next token after a key, [key columns]: a softmax over the best scores.
  private func reading(_ query: [Float]) -> Reading? {
    let scores = state.words.scores(query, among: state.tokens)
    guard scores.allSatisfy(\.isFinite) else { return nil }
    let best = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }.prefix(Self.voters)
    guard let first = best.first, scores[first] > 0 else { return nil }
    var probabilities = best.map { configuration.sharpness * scores[$0] }
    LinearAlgebra.softmax(&probabilities, count: probabilities.count)
    let features = FeatureVector<SlotFeature>([
      .bestScore: scores[first],
      .margin: probabilities[0] - (probabilities.count > 1 ? probabilities[1] : 0),
    ])
    return Reading(
      distribution: .sparse(
        tokens: best.map { state.tokens.items[$0] }, probabilities: probabilities),
      features: features.values)
  }

  // MARK: - Sentences

  /// All, where sentences have no vectors.
  func factsRead(for words: ArraySlice<Word>, meaning: [Float]?) -> Set<Int>? {
    meaning.map { proposed(for: $0) }
  }

  /// The sentences that the cell proposes for a question's vector, by number, the newest of those that took their place, and those
  /// that speak of the same subject after them.
  func proposed(for meaning: [Float]) -> Set<Int> {
    let best = items(for: meaning, limit: configuration.candidates)
    let ledger = texts.state.ledger
    var ids: Set<Int> = []
    for record in ledger.records where best.contains(Self.item(of: record.tokens)) {
      var id = record.id
      while let newer = ledger.successor(of: id) { id = newer }
      ids.insert(id)
    }
    return ledger.withDependents(ids)
  }

  /// The items of sentences with the best scores.
  private func items(for meaning: [Float], limit: Int) -> Set<Int32> {
    refresh()
    guard let sentences = state.sentences else { return [] }
    let scores = sentences.scores(meaning, among: state.numbers)
    let best = scores.indices.sorted { (scores[$0], $0) > (scores[$1], $1) }.prefix(limit)
    return Set(best.filter { scores[$0] > 0 }.map { state.numbers.items[$0] })
  }
}

import Foundation
import Memory
import Tensors
import Tokenization
import Transformer

/// Questions that two facts answer together: "Where is the football?" after "Daniel took the football." and "Daniel is in the
/// garden."
///
/// The hops of a memory network: each begins with the question and what was found so far, u + o. It goes on as long as what was
/// found offers no answer of the kind that is asked for, and to a slot that shares a word with it that the question does not
/// have, as key-value memory networks preselect slots by shared words.
extension SlotMemory {
  /// How far behind the best a newer slot may be and still be taken, as a cosine.
  private static var leeway: Float { 0.15 }
  /// The share of the question's words that the first fact must contain.
  private static var coverage: Double { 0.3 }

  /// Recalled facts with a chain in front, where one leads to an answer.
  func chained(_ found: [RecalledFact], for question: [Int32]) -> [RecalledFact] {
    let asked = QuestionKind(texts.decoded(question))
    guard recallForm != nil, let first = found.first, !asked.answers.isEmpty, asked.isQuestion,
      let encoder = texts.meaningEncoder, let start = encoder.encode(texts.decoded(question)),
      first.certainty == .sure || first.evidence["coverage"] ?? 0 >= Self.coverage
    else { return found }
    let ledger = texts.state.ledger
    var path: [Int] = []
    guard var place = ledger.index(of: first.fact.id) else { return found }
    path.append(place)
    var query = start
    while asked.answers.isDisjoint(with: ledger.profiles[place].traits.answers) {
      guard path.count < configuration.hops,
        let next = hop(from: place, query: &query, asked: asked, without: path)
      else { return found }
      path.append(next)
      place = next
    }
    guard path.count > 1 else { return found }
    var recalled = first
    recalled.statement = path.map { texts.told(ofIndex: $0) }.joined(separator: " ")
    recalled.isInScope = true
    recalled.certainty = .sure
    recalled.evidence["hops"] = Double(path.count)
    // The others are cited, too.
    let rest = path.dropFirst().map { place in
      RecalledFact(
        fact: texts.fact(ledger.records[place]), scope: first.scope, isInScope: true)
    }
    let ids = Set(rest.map(\.fact.id))
    return [recalled] + rest + found.dropFirst().filter { !ids.contains($0.fact.id) }
  }

  /// The slot that the next hop reads; of those about as good the newest.
  private func hop(
    from place: Int, query: inout [Float], asked: QuestionKind, without path: [Int]
  ) -> Int? {
    let ledger = texts.state.ledger
    let found = ledger.records[place].meaning
    guard found.count == query.count else { return nil }
    for index in query.indices { query[index] += found[index] }
    LinearAlgebra.normalize(&query, count: query.count)
    let words = ledger.profiles[place].words.keys.filter {
      !asked.stems.contains($0) && !WordRarity.isFunctionWord($0)
    }
    let sharing = Set(words.flatMap { ledger.facts(with: $0) })
    let scored = sharing.sorted().compactMap { id -> (place: Int, score: Float)? in
      guard let other = ledger.index(of: id), !path.contains(other), ledger.isCurrent(id),
        id < texts.state.readable, ledger.records[other].meaning.count == query.count,
        !ledger.profiles[other].traits.isQuestion
      else { return nil }
      let cosine = LinearAlgebra.dot(
        query, ledger.records[other].meaning, count: query.count)
      // What offers an answer of the kind that is asked for comes first.
      let offers = !asked.answers.isDisjoint(with: ledger.profiles[other].traits.answers)
      return (other, cosine + (offers ? 1 : 0))
    }
    guard let best = scored.map(\.score).max() else { return nil }
    return scored.filter { $0.score >= best - Self.leeway }.map(\.place).max()
  }
}

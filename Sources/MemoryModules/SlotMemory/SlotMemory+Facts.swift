package import Memory
import Transformer

extension SlotMemory: FactMemory {
  package var facts: [Fact] { texts.facts }
  package var currentFacts: [Fact] { texts.currentFacts }
  package var currentFactCount: Int { texts.currentFactCount }
  package var nextFact: Int { texts.nextFact }
  package var recallForm: RecallForm? { texts.recallForm }
  package var copyWeight: Float { texts.copyWeight }

  package func fact(ofID id: Int) -> Fact? { texts.fact(ofID: id) }
  package func statement(ofFact id: Int) -> String? { texts.statement(ofFact: id) }
  package func journal(ofFact id: Int) -> [Int] { texts.journal(ofFact: id) }
  package func repeats(ofFact id: Int) -> [Int] { texts.repeats(ofFact: id) }
  package func replaced(byFact id: Int) -> [Int] { texts.replaced(byFact: id) }
  package func tellings(ofFact id: Int) -> [Int] { texts.tellings(ofFact: id) }

  package func recall(_ question: [Int32], limit: Int) -> [RecalledFact] {
    let found = texts.recall(question, limit: limit)
    return configuration.hops > 1 ? chained(found, for: question) : found
  }

  /// Takes sentences out of the ledger and out of their cell; words keep traces of them until a replay.
  @discardableResult
  package func forget(facts ids: Set<Int>) -> Int {
    let count = texts.forget(facts: ids)
    if count > 0 { isOutdated = true }
    return count
  }

  package func settle(
    from first: Int, text: String, answer: FactAnswer?
  ) -> (id: Int, replaced: [Int])? {
    defer { isOutdated = true }
    return texts.settle(from: first, text: text, answer: answer)
  }
}

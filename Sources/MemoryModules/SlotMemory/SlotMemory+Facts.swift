package import Memory
import Transformer

extension SlotMemory: FactKeeping {
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

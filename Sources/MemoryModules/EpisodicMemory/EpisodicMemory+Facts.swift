public import Memory
import Tokenization
import Transformer

extension EpisodicMemory: FactMemory {
  public var facts: [Fact] { state.ledger.records.map(fact) }

  public var nextFact: Int { state.ledger.next }

  func fact(_ record: FactRecord) -> Fact {
    Fact(
      id: record.id, text: record.text ?? decoded(record.tokens), answer: record.answer?.text,
      provenance: record.provenance)
  }

  private func decoded(_ tokens: [Int32]) -> String {
    context.tokenizer?.decode(tokens) ?? tokens.map { "#\($0)" }.joined(separator: " ")
  }

  public func journal(ofFact id: Int) -> [Int] {
    guard let index = state.ledger.index(of: id) else { return [] }
    return state.ledger.records[index].journal.filter { $0 >= 0 }.map(Int.init)
  }

  public func recall(_ question: [Int32], limit: Int) -> [RecalledFact] {
    candidates(for: question, limit: max(1, limit)).compactMap { match in
      guard let index = state.ledger.index(of: match.id) else { return nil }
      let scope = configuration.scope(match)
      return RecalledFact(
        fact: fact(state.ledger.records[index]), scope: Double(scope),
        isInScope: scope >= configuration.scope.threshold)
    }
  }

  @discardableResult
  public func forget(facts ids: Set<Int>) -> Int {
    let known = ids.compactMap { id in
      state.ledger.index(of: id).map { (id, state.ledger.profiles[$0]) }
    }.sorted { $0.0 < $1.0 }
    guard !known.isEmpty else { return 0 }
    state.ledger.remove(ids)
    if state.index != nil {
      // Either every subtraction is clean or the index is made again.
      let clean = known.allSatisfy { id, profile in
        id >= state.readable || state.index?.forget(id, profile) == true
      }
      if !clean { rebuildIndex() }
    }
    return known.count
  }

  public func forget(_ journal: Set<Int>) -> Forgetting {
    if let open = state.open, open.journal.contains(where: { journal.contains(Int($0)) }) {
      state.open = nil
    }
    var ids: Set<Int> = []
    var entries = 0
    for record in state.ledger.records
    where record.journal.contains(where: { $0 >= 0 && journal.contains(Int($0)) }) {
      ids.insert(record.id)
      entries += record.count
    }
    guard !ids.isEmpty else { return .nothingToForget }
    forget(facts: ids)
    return .exact(entries: entries)
  }

  public func remapJournal(_ newIndex: (Int) -> Int?) { state.ledger.remapJournal(newIndex) }

  public func settle(
    from first: Int, text: String, answer: FactAnswer?
  ) -> (id: Int, replaced: [Int])? {
    let written = state.ledger.records.filter { $0.id >= first }
    guard var told = written.first else { return nil }
    // What was written in several sentences is one fact when it was told as one.
    for rest in written.dropFirst() {
      told.tokens += rest.tokens
      told.keys += rest.keys
      told.journal += rest.journal
    }
    told.text = text
    told.answer = answer
    let spare = Set(written.dropFirst().map(\.id))
    if !spare.isEmpty { forget(facts: spare) }
    state.ledger.replace(told)
    rebuildIndex()
    guard let index = state.ledger.index(of: told.id) else { return nil }
    let profile = state.ledger.profiles[index]
    let replaced = sameFacts(as: profile, except: told.id)
    return (told.id, replaced)
  }

  /// The facts whose cues say the same: tellings of one fact, whatever they say it is.
  private func sameFacts(as profile: FactProfile, except id: Int) -> [Int] {
    var shared: [Int: Float] = [:]
    for (word, weight) in profile.cues.sorted(by: { $0.key < $1.key }) {
      for other in state.ledger.facts(with: word) where other != id {
        shared[other, default: 0] += weight
      }
    }
    return shared.keys.sorted().filter { other in
      guard let index = state.ledger.index(of: other) else { return false }
      let theirs = state.ledger.profiles[index]
      guard theirs.answerRow != nil, profile.answerRow != nil, theirs.cueWeight > 0 else {
        return false
      }
      var common: Float = 0
      for (word, weight) in theirs.cues.sorted(by: { $0.key < $1.key })
      where profile.cues[word] != nil { common += weight }
      return min(common / theirs.cueWeight, common / profile.cueWeight) >= configuration.sameFact
    }
  }
}

import Foundation
public import Memory
import ModelFiles
import Tensors
import Tokenization
import Transformer

extension EpisodicMemory: FactMemory, Rewindable {
  public var facts: [Fact] { state.ledger.records.map(fact) }

  public var currentFacts: [Fact] {
    state.ledger.records.compactMap { record in
      guard state.ledger.isCurrent(record.id) else { return nil }
      let fact = fact(record)
      return fact.text.isEmpty ? nil : fact
    }
  }

  public var currentFactCount: Int {
    state.ledger.records.reduce(0) { count, record in
      state.ledger.isCurrent(record.id) && !text(of: record).isEmpty ? count + 1 : count
    }
  }

  public func repeats(ofFact id: Int) -> [Int] { state.ledger.repeats(of: id) }

  public func replaced(byFact id: Int) -> [Int] { state.ledger.replaced(by: id) }

  public func fact(ofID id: Int) -> Fact? {
    state.ledger.index(of: id).map { fact(state.ledger.records[$0]) }
  }

  public func statement(ofFact id: Int) -> String? { state.ledger.statement(of: id) }

  public var nextFact: Int { state.ledger.next }

  public func tellings(ofFact id: Int) -> [Int] {
    guard let index = state.ledger.index(of: id) else { return [] }
    let same = sameFacts(as: state.ledger.records[index], state.ledger.profiles[index])
    return Set(same + state.ledger.repeats(of: id) + state.ledger.replaced(by: id)).sorted()
  }

  func fact(_ record: FactRecord) -> Fact {
    Fact(
      id: record.id,
      handle: Fact.handle(of: record.tokens, provenance: record.provenance),
      text: text(of: record),
      isTold: record.isTold, answer: record.answer?.text,
      provenance: record.provenance)
  }

  private func text(of record: FactRecord) -> String {
    record.text ?? decoded(record.tokens).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  func decoded(_ tokens: [Int32]) -> String {
    context.tokenizer?.decode(tokens) ?? tokens.map { "#\($0)" }.joined(separator: " ")
  }

  public func journal(ofFact id: Int) -> [Int] {
    guard let index = state.ledger.index(of: id) else { return [] }
    return state.ledger.records[index].journal.filter { $0 >= 0 }.map(Int.init)
  }

  public func recall(_ question: [Int32], limit: Int) -> [RecalledFact] {
    if recallForm != nil { return recallByMeaning(question, limit: max(1, limit)) }
    let found = candidates(for: question, limit: max(1, limit))
    if let best = found.first, configuration.scope(best) >= configuration.scope.threshold {
      return found.compactMap(recalled)
    }
    // As `inScope`: words for the same thing.
    let meant = recallByMeaning(question, limit: max(1, limit)).filter { $0.certainty == .sure }
    let known = Set(meant.map(\.fact.id))
    return Array(
      (meant + found.filter { !known.contains($0.id) }.compactMap(recalled)).prefix(max(1, limit)))
  }

  /// A fact as the gate on shared words judges it.
  private func recalled(_ match: FactMatch) -> RecalledFact? {
    guard let index = state.ledger.index(of: match.id) else { return nil }
    let scope = configuration.scope(match)
    return RecalledFact(
      fact: fact(state.ledger.records[index]), scope: Double(scope),
      isInScope: scope >= configuration.scope.threshold,
      statement: state.ledger.statement(of: match.id))
  }

  @discardableResult
  public func forget(facts ids: Set<Int>) -> Int {
    defer { noteAllArrivals() }
    return remove(facts: ids)
  }

  /// The same, where what is known of the others stays as it is.
  func remove(facts ids: Set<Int>) -> Int {
    let known = ids.compactMap { id in
      state.ledger.index(of: id).map {
        (id, state.ledger.profiles[$0], state.ledger.records[$0].latent)
      }
    }.sorted { $0.0 < $1.0 }
    guard !known.isEmpty else { return 0 }
    let isAlone = known.count == 1 && rivals(of: known[0].0).isEmpty
    state.ledger.remove(ids)
    version += 1
    if state.index != nil {
      // If any subtraction leaves a trace, the index is rebuilt. (So it is for several facts at once, which is
      // cheaper.)
      let clean =
        isAlone
        && known.allSatisfy { id, profile, latent in
          id >= state.readable || state.index?.forget(id, profile, content: latent) == true
        }
      if !clean { rebuildIndex() }
    }
    return known.count
  }

  public func forget(_ journal: Set<Int>) -> Forgetting {
    if let open = state.open, open.journal.contains(where: { journal.contains(Int($0)) }) {
      state.open = nil
      state.scanner = SentenceScanner()
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

  /// Every token belongs to one fact, unless older facts were dropped because the budget was exceeded.
  public func rewind(to place: Int) -> Bool {
    guard state.open == nil, rejectedUpdates == 0 else { return false }
    let later = state.ledger.records.filter { $0.journal.contains { $0 >= place } }
    forget(facts: Set(later.map(\.id)))
    return state.ledger.rows == place
      && state.ledger.records.allSatisfy {
        $0.journal.allSatisfy { (0..<Int64(place)).contains($0) }
      }
  }

  public func remapJournal(_ newIndex: (Int) -> Int?) { state.ledger.remapJournal(newIndex) }

  public func settle(
    from first: Int, text: String, answer: FactAnswer?
  ) -> (id: Int, replaced: [Int])? {
    let written = state.ledger.records.filter { $0.id >= first }
    guard var told = written.first else { return nil }
    // A told fact of several sentences is one fact.
    for rest in written.dropFirst() {
      told.tokens += rest.tokens
      told.keys += rest.keys
      told.journal += rest.journal
    }
    if written.count > 1 { told.latent = latent(of: told) }
    told.surprisals += written.dropFirst().flatMap(\.surprisals)
    told.text = text
    told.meaning = meaning(of: told)
    told.answer = answer
    let spare = Set(written.dropFirst().map(\.id))
    if !spare.isEmpty { forget(facts: spare) }
    state.ledger.replace(told)
    noteAllArrivals()
    version += 1
    rebuildIndex()
    guard let index = state.ledger.index(of: told.id) else { return nil }
    let same = sameFacts(as: told, state.ledger.profiles[index])
    return (told.id, Set(same + state.ledger.repeats(of: told.id)).sorted())
  }

  /// The other statements of the same fact, whatever their answers: their cues are almost equal, or their rarest cues
  /// agree and the keys before their answers are similar.
  func sameFacts(as record: FactRecord, _ profile: FactProfile) -> [Int] {
    guard profile.answerRow != nil else { return [] }
    var others: Set<Int> = []
    for word in profile.cues.keys { others.formUnion(state.ledger.facts(with: word)) }
    others.remove(record.id)
    return others.sorted().filter { other in
      guard let index = state.ledger.index(of: other) else { return false }
      let isGiven = record.answer != nil && state.ledger.records[index].answer != nil
      guard isGiven || isSingular(profile) else { return false }
      return isSame(record, profile, state.ledger.records[index], state.ledger.profiles[index])
    }
  }

  /// Whether what a statement says of its subject can be replaced: "I like tea" and "I like jazz" both hold, and so do "I
  /// am 41" and "I am a nurse". A given answer always replaces another.
  private func isSingular(_ profile: FactProfile) -> Bool {
    let cues = Set(profile.cues.keys)
    let grammar = StatementWords.functions.subtracting(StatementWords.living)
    return cues.isDisjoint(with: StatementWords.liking) && !cues.isSubset(of: grammar)
  }

  func isSame(
    _ a: FactRecord, _ profile: FactProfile, _ b: FactRecord, _ other: FactProfile
  ) -> Bool {
    guard let row = profile.answerRow, row < a.count, let otherRow = other.answerRow,
      otherRow < b.count
    else { return false }
    if overlap(profile, other, power: 1) >= configuration.sameCues { return true }
    return overlap(profile, other, power: 2) >= configuration.sameSubject
      && cosine(a, row, b, otherRow) >= configuration.sameContext
  }

  /// The smaller of the two shares of cues that both facts have, with words weighted by a power of their information.
  private func overlap(_ a: FactProfile, _ b: FactProfile, power: Int) -> Float {
    func worth(_ weight: Float) -> Float { power == 1 ? min(weight, 6) : weight * weight }
    func total(_ cues: [String: Float], _ include: (String) -> Bool) -> Float {
      cues.sorted { $0.key < $1.key }.reduce(0) { $0 + (include($1.key) ? worth($1.value) : 0) }
    }
    let common = total(a.cues) { b.cues[$0] != nil }
    let larger = max(total(a.cues) { _ in true }, total(b.cues) { _ in true })
    return larger > 0 ? common / larger : 0
  }

  /// The cosine of the keys before two stored tokens.
  private func cosine(_ a: FactRecord, _ i: Int, _ b: FactRecord, _ j: Int) -> Float {
    let columns = context.keyColumns
    return a.keys.withUnsafeBufferPointer { a in
      b.keys.withUnsafeBufferPointer { b in
        guard let a = a.baseAddress, let b = b.baseAddress else { return 0 }
        return LinearAlgebra.dot(a + i * columns, b + j * columns, count: columns)
      }
    }
  }
}

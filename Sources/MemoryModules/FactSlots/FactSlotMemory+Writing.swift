public import Memory
import Tensors
import Transformer

extension FactSlotMemory: AssociativeModule {
  public static var featureNames: [String] { EpisodicMemory.featureNames }

  public func write(_ batch: WriteBatch) { texts.write(batch) }

  public var readsAnswers: Bool { wired != nil || texts.readsAnswers }

  /// The tokens of the facts that are read vote for the next one; in answers of a model that gets facts as text, none do. With
  /// a trained wire its head speaks, in answers.
  public func read(_ input: ReadInput) -> [Reading?] {
    if let wired, let text = input.text, text.mode.isAnswer { return wired.read(text) }
    return isEmpty ? [Reading?](repeating: nil, count: input.rows) : texts.read(input)
  }

  /// Brings the slots up to date with the facts that hold.
  ///
  /// Facts that were only added are written one after the other. Where one went or reads otherwise than before, all are written
  /// again in the order in which they were told, so that what was forgotten or corrected leaves no trace.
  func fill() {
    let facts = current
    let keys = facts.map(key)
    let slots = table.slotOfItem
    let isExtended =
      facts.count >= table.order.count && zip(table.order, facts).allSatisfy { $0 == $1.id }
      && zip(table.order, keys).allSatisfy { table.row(of: slots[$0]).elementsEqual($1) }
    if !isExtended { clear(first: facts.first?.id) }
    var gone: Set<Int> = []
    for (fact, key) in zip(facts, keys).dropFirst(table.order.count) {
      if let old = table.place(fact.id, key) { gone.insert(old) }
    }
    defer { retire() }
    guard !gone.isEmpty else { return }
    table.dropped += texts.state.ledger.records.reduce(0) {
      $0 + (gone.contains($1.id) ? $1.count : 0)
    }
    texts.forget(facts: gone)
  }

  /// The facts that hold and can be read, in the order in which they were told.
  private var current: [(id: Int, profile: FactProfile, meaning: [Float])] {
    let state = texts.state
    return state.ledger.records.indices.compactMap { index in
      let record = state.ledger.records[index]
      guard record.id < state.readable, state.ledger.isCurrent(record.id, before: state.readable)
      else { return nil }
      return (record.id, state.ledger.profiles[index], record.meaning)
    }
  }

  /// Empties all slots.
  ///
  /// - Parameter id: the fact that keeps its slot, where some went because all were full: the ring goes on from there.
  private func clear(first id: Int?) {
    let slot = table.dropped > 0 ? table.items.firstIndex { $0 == id } : nil
    let dropped = table.dropped
    table = SlotTable(slots: configuration.slots, columns: columns, first: slot ?? 0)
    table.dropped = dropped
  }

  /// The key of a fact: its words and its meaning, each of length 1 where there is one, together of length 1; [columns].
  private func key(_ fact: (id: Int, profile: FactProfile, meaning: [Float])) -> [Float] {
    key(words: fact.profile.latent, meaning: fact.meaning)
  }

  func key(words: [Float], meaning: [Float]?) -> [Float] {
    var key = words
    if let meaning, meaning.count == columns - wordColumns {
      key += meaning
    } else {
      key += [Float](repeating: 0, count: columns - wordColumns)
    }
    LinearAlgebra.normalize(&key, count: columns)
    return key
  }
}

extension FactSlotMemory: FactAddressing {
  func factsRead(for words: ArraySlice<Word>, meaning: [Float]?) -> Set<Int>? {
    let latent = texts.state.ledger.encoder.encode(FactProfile.unique(words))
    let found = table.addressed(
      key(words: latent, meaning: meaning), strength: configuration.strength,
      reads: configuration.reads)
    return Set(found.compactMap { table.items[$0.slot] })
  }
}

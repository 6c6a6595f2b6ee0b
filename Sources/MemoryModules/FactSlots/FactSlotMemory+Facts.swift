public import Memory
import Tensors

extension FactSlotMemory: FactKeeping {
  public func recall(_ question: [Int32], limit: Int) -> [RecalledFact] {
    guard !isEmpty else { return [] }
    if recallForm != nil, let asked = SequenceQuestion(texts.decoded(question)) {
      return neighbor(asked).map { [$0] } ?? []
    }
    return texts.recall(question, limit: limit)
  }

  /// The fact that was told next to the one a cue is about, by the cell's order.
  private func neighbor(_ asked: SequenceQuestion) -> RecalledFact? {
    let found = texts.ranked(asked.cue, QuestionKind(asked.cue)).candidates
    guard let best = found.first, best.overlap.shared > 0 || best.cosine >= Self.sameThing
    else { return nil }
    let records = texts.state.ledger.records
    guard let slot = table.items.firstIndex(of: records[best.index].id),
      let next = table.cell.neighbor(of: slot, asked.direction), let id = table.items[next],
      let fact = texts.fact(ofID: id)
    else { return nil }
    return RecalledFact(
      fact: fact, scope: 1, isInScope: true, statement: texts.statement(ofFact: id),
      evidence: ["overlap": Double(best.overlap.shared), "cosine": Double(best.cosine)])
  }

  /// The cosine of a cue and a fact about one thing, where they have no word in common.
  private static var sameThing: Float { 0.5 }

  @discardableResult
  public func forget(facts ids: Set<Int>) -> Int {
    defer { fill() }
    _ = wired?.forget(Set(ids.flatMap { texts.journal(ofFact: $0) }).contains)
    return texts.forget(facts: ids)
  }

  public func settle(
    from first: Int, text: String, answer: FactAnswer?
  ) -> (id: Int, replaced: [Int])? {
    defer { fill() }
    return texts.settle(from: first, text: text, answer: answer)
  }
}

extension FactSlotMemory: Rewindable, Unitable, CapacityReporting {
  public func forget(_ journal: Set<Int>) -> Forgetting {
    defer { fill() }
    let slots = wired?.forget(journal.contains) ?? 0
    let facts = texts.forget(journal)
    return facts == .nothingToForget && slots > 0 ? .exact(entries: slots) : facts
  }

  public func rewind(to place: Int) -> Bool {
    defer { fill() }
    guard texts.rewind(to: place) else { return false }
    _ = wired?.forget { $0 >= place }
    return true
  }

  /// The other's facts after these, in their order.
  public func unite(with other: any MemoryModule, journal place: Int?) -> Union {
    guard let other = other as? FactSlotMemory<Cell> else { return .unsupported }
    defer { fill() }
    if let theirs = other.wired { wired?.unite(with: theirs, journal: place) }
    return texts.unite(with: other.texts, journal: place)
  }

  /// Facts against slots.
  public var capacity: CapacityReport {
    let (held, slots) = (table.order.count, configuration.slots)
    let load = Double(held) / Double(slots)
    return CapacityReport(
      facts: held, rank: slots, load: load, condition: 1, expectedError: 0,
      verdict: held >= slots ? .overloaded : load >= 0.8 ? .filling : .roomy)
  }
}

extension FactSlotMemory: Inspectable {
  /// A slot for each fact: how much it is in use, which was told before it, and which other is most like it.
  public var contents: ModuleContents {
    let tokens = texts.state.ledger
    let numbers = Dictionary(
      uniqueKeysWithValues: table.order.enumerated().map { ($1, $0 + 1) })
    let slotOfItem = table.slotOfItem
    let slots = table.order.compactMap { id -> ModuleContents.Slot? in
      guard let slot = slotOfItem[id], let index = tokens.index(of: id) else {
        return nil
      }
      var remarks = ["usage \(Self.hundredths(table.cell.usage(of: slot)))"]
      if let before = table.cell.neighbor(of: slot, .before), let fact = table.items[before],
        let number = numbers[fact]
      {
        remarks.append("after \(number)")
      }
      if let near = nearest(to: slot), let fact = table.items[near.slot],
        let number = numbers[fact]
      {
        remarks.append("most like \(number) (\(Self.hundredths(near.cosine)))")
      }
      let own = tokens.records[index].tokens
      return ModuleContents.Slot(
        tokens: Array(own.prefix(ModuleContents.excerpt)), count: own.count, remarks: remarks)
    }
    let held = slots.reduce(0) { $0 + $1.count }
    return ModuleContents(
      parts: [
        .init("of \(configuration.slots) slots", count: slots.count, tokens: held)
      ], dropped: table.dropped,
      rule: "beyond \(configuration.slots) facts \(Cell.rule)", slots: slots)
  }

  private static func hundredths(_ value: Float) -> String {
    let whole = Int((value * 100).rounded())
    let digits = String(abs(whole % 100))
    return (whole < 0 ? "-" : "") + "\(abs(whole) / 100)."
      + String(repeating: "0", count: 2 - digits.count) + digits
  }

  /// The other slot whose key has the largest cosine with a slot's.
  private func nearest(to slot: Int) -> (slot: Int, cosine: Float)? {
    let key = Array(table.memory[slot * columns..<(slot + 1) * columns])
    guard key.contains(where: { $0 != 0 }) else { return nil }
    return table.memory.withUnsafeBufferPointer { memory in
      guard let start = memory.baseAddress else { return nil }
      return table.items.indices.filter { $0 != slot && table.items[$0] != nil }
        .map { ($0, LinearAlgebra.dot(start + $0 * columns, key, count: columns)) }
        .max { ($0.1, $1.0) < ($1.1, $0.0) }
    }
  }
}

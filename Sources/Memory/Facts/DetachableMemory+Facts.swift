import Transformer

extension DetachableMemory {
  /// The module that keeps facts, if there is one.
  public var factMemory: (any FactMemory)? {
    modules.lazy.compactMap { $0 as? any FactMemory }.first
  }

  /// The facts with some numbers.
  func facts(_ ids: [Int]) -> [Fact] {
    guard !ids.isEmpty else { return [] }
    let wanted = Set(ids)
    return factMemory?.facts.filter { wanted.contains($0.id) } ?? []
  }

  /// Declares what was written since fact number `first` to be one fact. Older facts on the same subject are removed at
  /// once from every module that can subtract; the others keep traces of them until the next `forget` or `compact`.
  ///
  /// - Parameter records: commits it was stated in.
  /// - Returns: the fact's number and a report of what was forgotten; nil when no module keeps facts or nothing was
  ///   written.
  @discardableResult
  public func settleFact(
    from first: Int, text: String, answer: FactAnswer?, records: Int = 1
  ) -> (id: Int, replaced: ForgettingReport?)? {
    guard let settled = settle(from: first, text: text, answer: answer, records: records) else {
      return nil
    }
    guard !settled.replaced.isEmpty else { return (settled.id, nil) }
    return (settled.id, replace(facts: Set(settled.replaced)))
  }

  /// Declares a fact in the module that keeps them and in the journal.
  func settle(
    from first: Int, text: String, answer: FactAnswer?, records: Int
  ) -> (id: Int, replaced: [Int])? {
    guard let factMemory, let settled = factMemory.settle(from: first, text: text, answer: answer)
    else { return nil }
    if let count = journal?.records.count {
      state.journal?.tell(ToldFact(text: text, answer: answer), from: count - records)
    }
    hasUnsavedChanges = true
    return settled
  }

  /// Removes facts from the modules that can subtract; the others are updated later by replay.
  private func replace(facts ids: Set<Int>) -> ForgettingReport {
    guard let factMemory else {
      return ForgettingReport(facts: [], journalTokens: 0, modules: [:])
    }
    let facts = self.facts(Array(ids))
    let places = Set(facts.flatMap { factMemory.journal(ofFact: $0.id) })
    factMemory.forget(facts: ids)
    var report = subtract(places)
    report.facts = facts
    report.modules[factMemory.kind] =
      facts.isEmpty
      ? .nothingToForget
      : factMemory is any Subtractable ? .exact(entries: facts.count) : .unsupported
    if !facts.isEmpty { changeOtherwise() }
    return report
  }

  /// Removes tokens from the journal and from the modules that can subtract them.
  private func subtract(_ places: Set<Int>) -> ForgettingReport {
    var report = ForgettingReport(facts: [], journalTokens: 0, modules: [:])
    guard !places.isEmpty, let journal else { return report }
    let removal = journal.removing(places)
    for module in modules { report.modules[module.kind] = module.subtract(places) }
    take(removal)
    report.journalTokens = places.count
    let isBehind = removal.concernsOthers || !replayed.isEmpty
    if isBehind { state.staleFrom = min(staleFrom ?? .max, removal.firstChanged) }
    state.checkpoints.removeAll { $0.records > removal.firstChanged }
    return report
  }

  /// Replaces the journal with a shorter one.
  func take(_ removal: JournalRemoval) {
    state.tokensSeen -= max(0, (journal?.committed ?? 0) - removal.journal.committed)
    state.journal = removal.journal
    for module in modules {
      module.remapJournal {
        removal.newPlaces.indices.contains($0) ? removal.newPlaces[$0] : nil
      }
    }
    // The last position's activations may be what was forgotten.
    state.carried = nil
    changeOtherwise()
  }
}

import Transformer

extension DetachableMemory {
  /// Forgets: afterwards the memory is, bit for bit, one that never saw it.
  ///
  /// Modules that can subtract do so when nothing that stays was learned after what goes. Otherwise, and for the others,
  /// the journal is shortened and passed through the model again from the last checkpoint before it
  /// (`Journal.removing` says what goes with it). Without a journal, or where a file of format 1 holds no contexts, only
  /// subtraction is left, and the report names the modules that could not.
  ///
  /// - Parameter progress: called with the share that is done; what it throws ends the work, and nothing is changed.
  /// - Throws: `MemoryError`, `TransformerError`, what `progress` throws.
  public func forget(
    _ selection: ForgettingSelection, progress: @escaping (Double) throws -> Void = { _ in }
  ) throws -> ForgettingReport {
    let facts =
      factMemory?.facts.filter {
        selection.facts.contains($0.id) || selection.contains($0.provenance)
      } ?? []
    var places = Set(facts.flatMap { factMemory?.journal(ofFact: $0.id) ?? [] })
    if let journal {
      for place in journal.tokens.indices
      where journal.provenance(of: place).map(selection.contains) == true {
        places.insert(place)
      }
    }
    guard !places.isEmpty else { return forgetWithoutJournal(facts) }
    let before = snapshot()
    do {
      return try forget(places, facts: facts, progress: progress)
    } catch {
      restore(before)
      throw error
    }
  }

  private func forget(
    _ places: Set<Int>, facts: [Fact], progress: @escaping (Double) throws -> Void
  ) throws -> ForgettingReport {
    guard let journal else { return forgetWithoutJournal(facts) }
    let removal = journal.removing(places)
    var report = ForgettingReport(facts: facts, journalTokens: places.count, modules: [:])
    report.contextTokens = removal.contextTokens
    let first = min(removal.firstChanged, staleFrom ?? .max)
    if removal.concernsOthers || !replayed.isEmpty,
      let tokens = try replay(removal.journal, from: first, progress: progress)
    {
      for module in modules { report.modules[module.kind] = .replayed(tokens: tokens) }
      return report
    }
    for module in modules {
      let kind = module.kind
      report.modules[kind] = module.subtract(places)
      if module is any FactMemory, !facts.isEmpty {
        report.modules[kind] = .exact(entries: facts.count)
      }
      // What stays was learned after it, and cannot be read again.
      if removal.concernsOthers { report.modules[kind] = .unsupported }
    }
    take(removal)
    state.checkpoints.removeAll { $0.records > removal.firstChanged }
    if let stale = staleFrom { state.staleFrom = min(stale, removal.firstChanged) }
    return report
  }

  /// Facts of a memory without a journal have no places in it.
  private func forgetWithoutJournal(_ facts: [Fact]) -> ForgettingReport {
    var report = ForgettingReport(facts: facts, journalTokens: 0, modules: [:])
    guard let factMemory else { return report }
    guard !facts.isEmpty else {
      report.modules[factMemory.kind] = .nothingToForget
      return report
    }
    for module in modules where (module as AnyObject) !== (factMemory as AnyObject) {
      report.modules[module.kind] = .unsupported
    }
    let count = factMemory.forget(facts: Set(facts.map(\.id)))
    report.modules[factMemory.kind] = .exact(entries: count)
    state.carried = nil
    hasUnsavedChanges = true
    return report
  }

  /// Drops the journal: what was learned stays, and nothing says any more where it came from. Nothing can be forgotten by
  /// replay afterwards, and nothing is written into a journal any more.
  public func dropJournal() {
    guard journal != nil else { return }
    state.journal = nil
    state.checkpoints = []
    state.staleFrom = nil
    for module in modules { module.remapJournal { _ in nil } }
    hasUnsavedChanges = true
  }
}

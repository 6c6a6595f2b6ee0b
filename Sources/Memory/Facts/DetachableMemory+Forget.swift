import Transformer

extension DetachableMemory {
  /// Forgets a selection: afterwards the memory is bit-identical to one that never read it.
  ///
  /// Modules that can subtract do so when nothing that stays was learned after the removed tokens in the same context.
  /// Otherwise, and for all other modules, the journal is shortened and replayed from the last checkpoint before the
  /// first removed token (`Journal.removing` documents what else is removed). Without a journal, or where a file of
  /// format 1 holds no contexts, only subtraction is possible, and the report names the modules that could not.
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
    if let taken = subtract(places, removal) {
      report.modules = taken
      if let factMemory, !facts.isEmpty {
        report.modules[factMemory.kind] = .exact(entries: facts.count)
      }
      return report
    }
    if removal.concernsOthers || !replayed.isEmpty,
      let tokens = try replay(removal.journal, from: first, progress: progress)
    {
      for module in modules { report.modules[module.kind] = .replayed(tokens: tokens) }
      return report
    }
    for module in modules {
      let kind = module.kind
      report.modules[kind] = module.subtract(places)
      if module is any FactMemory & Subtractable, !facts.isEmpty {
        report.modules[kind] = .exact(entries: facts.count)
      }
      // Tokens that stay were learned after the removed ones in the same context, and cannot be replayed.
      if removal.concernsOthers { report.modules[kind] = .unsupported }
    }
    take(removal)
    state.checkpoints.removeAll { $0.records > removal.firstChanged }
    if let stale = staleFrom { state.staleFrom = min(stale, removal.firstChanged) }
    return report
  }

  /// Takes tokens out of modules whose states would else be rebuilt, where all of them can do that exactly: a document that
  /// nothing depends on needs no replay of all others.
  ///
  /// - Returns: the result by module; nil, and nothing is changed, where one cannot, or there is none that would be rebuilt.
  private func subtract(_ places: Set<Int>, _ removal: JournalRemoval) -> [ModuleKind: Forgetting]?
  {
    // Checkpoints from there on would be those of another stream.
    guard !removal.concernsOthers, staleFrom == nil, !replayed.isEmpty,
      state.checkpoints.allSatisfy({ $0.records < removal.firstChanged }),
      replayed.allSatisfy({ $0 is any Separable })
    else { return nil }
    let before = snapshot()
    var taken: [ModuleKind: Forgetting] = [:]
    for module in modules {
      let result = module.subtract(places)
      guard result != .unsupported else {
        restore(before)
        return nil
      }
      taken[module.kind] = result
    }
    take(removal)
    return taken
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
    // Where facts stand beside what cannot be subtracted, taking out the one would leave the other.
    guard factMemory is any Subtractable else {
      report.modules[factMemory.kind] = .unsupported
      return report
    }
    let count = factMemory.forget(facts: Set(facts.map(\.id)))
    report.modules[factMemory.kind] = .exact(entries: count)
    state.carried = nil
    changeOtherwise()
    return report
  }

  /// Drops the journal: what was learned stays, but its provenance is lost. Afterwards nothing can be forgotten by
  /// replay, and nothing more is recorded.
  public func dropJournal() {
    guard journal != nil else { return }
    state.journal = nil
    state.checkpoints = []
    state.staleFrom = nil
    for module in modules { module.remapJournal { _ in nil } }
    changeOtherwise()
  }
}

import Transformer

/// What became of a wish to forget, module by module.
public struct ForgettingReport: Sendable, Equatable {
  /// The facts that are gone, as they were.
  public var facts: [Fact]
  /// Tokens taken out of the journal.
  public var journalTokens: Int
  /// What each module could do.
  public var modules: [ModuleKind: Forgetting]

  /// A report from its parts.
  public init(facts: [Fact], journalTokens: Int, modules: [ModuleKind: Forgetting]) {
    self.facts = facts
    self.journalTokens = journalTokens
    self.modules = modules
  }

  /// Modules that could not take back what they had learned.
  public var unable: [ModuleKind] {
    modules.filter { $0.value == .unsupported }.keys.sorted { $0.rawValue < $1.rawValue }
  }
}

extension DetachableMemory {
  /// The module that keeps facts, if there is one.
  public var factMemory: (any FactMemory)? {
    modules.lazy.compactMap { $0 as? any FactMemory }.first
  }

  /// Declares what was written since fact number `first` to be one fact. What was known of the same is forgotten, in every
  /// module that can.
  ///
  /// - Returns: the fact's number and what was forgotten; nil when there is no module that keeps facts or nothing was
  ///   written.
  @discardableResult
  public func settleFact(
    from first: Int, text: String, answer: FactAnswer?
  ) -> (id: Int, replaced: ForgettingReport?)? {
    guard let factMemory, let settled = factMemory.settle(from: first, text: text, answer: answer)
    else { return nil }
    hasUnsavedChanges = true
    guard !settled.replaced.isEmpty else { return (settled.id, nil) }
    return (settled.id, forget(facts: Set(settled.replaced)))
  }

  /// Forgets facts, here and in every other module that learned the same tokens.
  ///
  /// - Parameter ids: their numbers; those that do not exist are left out of the report.
  public func forget(facts ids: Set<Int>) -> ForgettingReport {
    guard let factMemory else {
      return ForgettingReport(facts: [], journalTokens: 0, modules: [:])
    }
    let facts = factMemory.facts.filter { ids.contains($0.id) }
    let places = Set(facts.flatMap { factMemory.journal(ofFact: $0.id) })
    factMemory.forget(facts: ids)
    var report = forget(journal: places)
    report.facts = facts
    report.modules[type(of: factMemory).kind] =
      facts.isEmpty ? .nothingToForget : .exact(entries: facts.count)
    if !facts.isEmpty { hasUnsavedChanges = true }
    return report
  }

  /// Forgets everything that came from one source, in every module that can.
  public func forget(source: String) -> ForgettingReport {
    let told = factMemory?.facts.filter { $0.provenance.source == source } ?? []
    let places = journal.map { journal in
      Set(journal.tokens.indices.filter { journal.provenance(of: $0)?.source == source })
    }
    var report = forget(journal: places ?? [])
    report.facts = told
    // Facts of a memory without a journal have no places in it.
    if let factMemory, factMemory.forget(facts: Set(told.map(\.id))) > 0 {
      report.modules[type(of: factMemory).kind] = .exact(entries: told.count)
    }
    if !told.isEmpty { hasUnsavedChanges = true }
    return report
  }

  /// Forgets tokens of the journal, and takes them out of it.
  private func forget(journal places: Set<Int>) -> ForgettingReport {
    var report = ForgettingReport(facts: [], journalTokens: 0, modules: [:])
    guard !places.isEmpty else { return report }
    for module in modules { report.modules[type(of: module).kind] = module.forget(places) }
    guard var shorter = journal else { return report }
    let newPlaces = shorter.remove(places)
    journal = shorter
    for module in modules {
      module.remapJournal { newPlaces.indices.contains($0) ? newPlaces[$0] : nil }
    }
    report.journalTokens = newPlaces.count { $0 == nil }
    // The last position's activations may be what was forgotten.
    carried = nil
    hasUnsavedChanges = true
    return report
  }
}

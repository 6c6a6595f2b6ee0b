import ModelFiles
import Transformer

extension DetachableMemory {
  /// Merges another memory into this one: afterwards it is as if it had read everything the other read, after its own
  /// history.
  ///
  /// The other's journal is passed through the model after this one's, without the commits both share (two forks of one
  /// memory share their history). Without a journal that can be replayed the states are united module by module
  /// (`Unitable`), which is exact for facts and entries and an estimate at best for the others.
  ///
  /// - Parameters:
  ///   - other: a memory of the same model, with the same adapter; it is not changed.
  ///   - policy: which fact stays when the two memories contradict each other.
  ///   - progress: called with the share that is done; what it throws ends the work, and nothing is changed.
  /// - Throws: `MemoryError.cannotMerge`, and as `JournalReplay.run`.
  public func merge(
    _ other: DetachableMemory, keeping policy: MergePolicy = .newest,
    progress: @escaping (Double) throws -> Void = { _ in }
  ) throws -> MergeReport {
    let isOneModel =
      fingerprint == other.fingerprint
      && !(identity.flatMap { mine in other.identity.map { mine.hasOtherContents(than: $0) } }
        ?? false)
    guard isOneModel else {
      throw MemoryError.cannotMerge(
        names: [name, other.name], what: "they were made with different models",
        hint: "'mneme memory rebind' makes one of them the other model's")
    }
    guard adapter == other.adapter else {
      throw MemoryError.cannotMerge(
        names: [name, other.name], what: "they were made with different adapters",
        hint: "'mneme memory rebind' makes one of them again with the other's adapter")
    }
    let before = snapshot()
    do {
      return try merged(other, keeping: policy, progress: progress)
    } catch {
      restore(before)
      throw error
    }
  }

  private func merged(
    _ other: DetachableMemory, keeping policy: MergePolicy,
    progress: @escaping (Double) throws -> Void
  ) throws -> MergeReport {
    let ours = Set(factMemory?.facts.map(\.id) ?? [])
    var report = MergeReport()
    if let journal, let theirs = other.journal, theirs.isReplayable, other.staleFrom == nil {
      let known = Set(journal.records.indices.map { RecordKey($0, of: journal) })
      let new = theirs.records.indices.filter { !known.contains(RecordKey($0, of: theirs)) }
      var replay = JournalReplay(theirs, into: self, progress: progress)
      report.tokens = try replay.run(new)
      report.commits = new.count
      report.shared = theirs.records.count - new.count
      for module in modules { report.modules[module.kind] = .exact }
    } else {
      unite(with: other, &report)
    }
    try settleConflicts(ours, policy, &report)
    state.created = min(created, other.created)
    state.updated = max(updated, other.updated)
    changeOtherwise()
    return report
  }

  /// Merges the states directly, without a journal.
  private func unite(with other: DetachableMemory, _ report: inout MergeReport) {
    var place: Int?
    if let theirs = other.journal, let count = journal?.count {
      place = count
      let first = journal?.records.count ?? 0
      for index in theirs.records.indices {
        var record = theirs.records[index]
        if record.parent >= 0 { record.parent += first }
        state.journal?.copy(index, of: theirs, as: record)
      }
      report.commits = theirs.records.count
    }
    for module in modules {
      let kind = module.kind
      guard let theirs = other.modules.first(where: { $0.kind == kind }) else { continue }
      report.modules[kind] =
        (module as? any Unitable)?.unite(with: theirs, journal: place) ?? .unsupported
    }
    state.tokensSeen += other.tokensSeen
    state.checkpoints = []
    state.carried = nil
  }

  /// Finds the told facts that contradict each other, and forgets those that the policy rejects.
  private func settleConflicts(
    _ ours: Set<Int>, _ policy: MergePolicy, _ report: inout MergeReport
  ) throws {
    guard let factMemory else { return }
    let facts = Dictionary(uniqueKeysWithValues: factMemory.facts.map { ($0.id, $0) })
    var losers: Set<Int> = []
    for (id, theirs) in facts.sorted(by: { $0.key < $1.key })
    where !ours.contains(id) && theirs.isTold {
      for mine in factMemory.tellings(ofFact: id).compactMap({ facts[$0] })
      where ours.contains(mine.id) && mine.isTold && !mine.says(theSameAs: theirs) {
        let isNewer = theirs.provenance.time >= mine.provenance.time
        let kept = policy == .newest ? (isNewer ? MergePolicy.second : .first) : policy
        if kept == .second { losers.insert(mine.id) }
        if kept == .first { losers.insert(id) }
        report.conflicts.append(MergeConflict(first: mine, second: theirs, kept: kept))
      }
    }
    guard !losers.isEmpty else { return }
    _ = try forget(.facts(losers))
  }
}

extension Fact {
  /// Whether two facts on the same subject agree.
  fileprivate func says(theSameAs other: Fact) -> Bool {
    if let answer, let theirs = other.answer { return answer == theirs }
    return ByteString(text) == ByteString(other.text)
  }
}

/// The fields by which commits of two journals are recognised as the same.
struct RecordKey: Hashable {
  private let conversation: ByteString
  private let source: ByteString
  private let turn: Int
  private let role: Role
  private let time: Double
  private let tokens: [Int32]

  init(_ index: Int, of journal: Journal) {
    let record = journal.records[index]
    conversation = record.provenance.conversation
    source = record.provenance.source
    turn = record.provenance.turn
    role = record.provenance.role
    time = record.provenance.time
    tokens = Array(journal.stream[record.own])
  }
}

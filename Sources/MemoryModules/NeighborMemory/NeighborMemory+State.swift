public import Memory
public import ModelFiles
import Transformer

extension NeighborMemory: Rewindable, Unitable {
  private struct Snapshot: Sendable {
    let store: NeighborStore
    let retained: RetainedPieces
    let pending: PendingEntries
    let rejectedUpdates: Int
  }

  /// A copy that shares everything with the memory until one of them changes.
  public func snapshot() -> any Sendable {
    Snapshot(
      store: store, retained: retained, pending: pending, rejectedUpdates: rejectedUpdates)
  }

  /// Exact in any order, since snapshots are values.
  public func restore(_ snapshot: any Sendable) {
    guard let snapshot = snapshot as? Snapshot else {
      preconditionFailure("a snapshot of another memory")
    }
    store = snapshot.store
    retained = snapshot.retained
    pending = snapshot.pending
    rejectedUpdates = snapshot.rejectedUpdates
    finder = nil
    counts = nil
  }

  /// Deleted entries are left out and the rest renumbered: the file equals that of a memory that never held them.
  public func save(into writer: inout SafetensorsWriter) {
    var (whole, pieces) = (store, retained)
    if !pending.tokens.isEmpty {
      var finder: RowFinder?
      _ = settle(pending, into: &whole, &pieces, finder: &finder)
    }
    whole.save(into: &writer)
    if agent != nil { pieces.save("neighbor", into: &writer) }
    writer.add(
      "neighbor.counters", int64s: [Int64(rejectedUpdates), Int64(NeighborStore.layout)],
      shape: [2])
  }

  public func load(from file: SafetensorsFile) throws(MemoryError) {
    let counters: [Int64]
    do throws(ModelFileError) {
      counters = try file.require("neighbor.counters").int64s()
    } catch {
      throw .file(error)
    }
    let layout = counters.count == 2 ? counters[1] : 1
    guard (1...2).contains(counters.count), counters[0] >= 0,
      (1...Int64(NeighborStore.layout)).contains(layout), (layout == 1) == (counters.count == 1)
    else {
      throw .malformed(
        path: file.path, what: "the neighbor memory's counters are not sound", expected: nil)
    }
    store = try NeighborStore.load(
      from: file, columns: context.keyColumns, type: configuration.keyType, layout: Int(layout),
      vocabularySize: context.vocabularySize, threads: context.model.threads)
    if let agent {
      retained = try RetainedPieces(
        "neighbor", entries: store.liveCount, history: agent.historyCount, in: file)
    }
    pending = PendingEntries()
    finder = nil
    counts = nil
    rejectedUpdates = Int(clamping: counters[0])
  }

  // MARK: - Forgetting

  /// Exact: deleted entries are never found again, and the next file does not hold them. Not with a policy of retention: without
  /// them, others would have been kept.
  public func forget(_ journal: Set<Int>) -> Forgetting {
    if agent != nil {
      let all = (0..<store.count).lazy.map { self.store.journal(of: $0) }
      let isKnown = { (place: Int) in place >= 0 && journal.contains(place) }
      return all.contains(where: isKnown) || pending.journal.contains(where: isKnown)
        ? .unsupported : .nothingToForget
    }
    var deleted = store.forget(journal)
    let before = pending.tokens.count
    pending.forget(journal, columns: context.keyColumns)
    deleted += before - pending.tokens.count
    if deleted > 0 { (finder, counts) = (nil, nil) }
    return deleted > 0 ? .exact(entries: deleted) : .nothingToForget
  }

  /// Every token has its entry, unless older ones were dropped because the budget was exceeded.
  public func rewind(to place: Int) -> Bool {
    guard agent == nil, pending.tokens.isEmpty, rejectedUpdates == 0 else { return false }
    let later = Set((0..<store.count).map { store.journal(of: $0) }.filter { $0 >= place })
    _ = store.forget(later)
    (finder, counts) = (nil, nil)
    return store.liveCount == place
  }

  /// The other's entries after these, in their order.
  public func unite(with other: any MemoryModule, journal place: Int?) -> Union {
    guard let other = other as? NeighborMemory,
      other.configuration.keyType == configuration.keyType
    else { return .unsupported }
    endSegment()
    pending.isBroken = true
    for entry in 0..<other.store.count {
      guard let token = other.store.token(of: entry), let key = other.store.key(of: entry) else {
        continue
      }
      let old = other.store.journal(of: entry)
      pending.keys += key
      pending.tokens.append(token)
      pending.journal.append(place.map { old < 0 ? -1 : old + $0 } ?? -1)
      pending.follows.append(other.store.follows(entry) && !pending.isBroken)
      if agent != nil { pending.surprisals.append(0) }
      pending.isBroken = false
    }
    pending.isBroken = true
    endSegment()
    return .exact
  }

  public func remapJournal(_ newIndex: (Int) -> Int?) {
    store.remapJournal(newIndex)
    for index in pending.journal.indices where pending.journal[index] >= 0 {
      pending.journal[index] = newIndex(pending.journal[index]) ?? -1
    }
  }
}

extension PendingEntries {
  mutating func forget(_ gone: Set<Int>, columns: Int) {
    guard tokens.indices.contains(where: { gone.contains(journal[$0]) }) else { return }
    var kept = PendingEntries(isBroken: isBroken)
    for index in tokens.indices {
      guard !gone.contains(journal[index]) else {
        kept.isBroken = true
        continue
      }
      kept.keys.append(contentsOf: keys[index * columns..<(index + 1) * columns])
      kept.tokens.append(tokens[index])
      kept.journal.append(journal[index])
      kept.follows.append(follows[index] && !kept.isBroken)
      if !surprisals.isEmpty { kept.surprisals.append(surprisals[index]) }
      kept.isBroken = false
    }
    self = kept
  }
}

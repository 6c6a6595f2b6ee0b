import Memory
import ModelFiles

/// Entries in pieces, in the order of the store, and what a policy knows of each piece.
struct RetainedPieces: Sendable {
  /// Entries that are cut into one piece.
  static let length = 64

  /// How many entries each piece has.
  var lengths: [Int] = []
  var retention = Retention()
}

extension NeighborMemory {
  /// What was pending becomes readable, and what is beyond the budget goes.
  ///
  /// - Returns: how many entries went.
  func settle(
    _ pending: PendingEntries, into store: inout NeighborStore, _ retained: inout RetainedPieces,
    finder: inout RowFinder?
  ) -> Int {
    store.append(
      keys: pending.keys, tokens: pending.tokens, journal: pending.journal,
      follows: pending.follows, finder: &finder)
    guard let agent else { return store.evict(to: configuration.budget) }
    var kept = tokens(of: retained, in: store)
    for start in stride(from: 0, to: pending.tokens.count, by: RetainedPieces.length) {
      let range = start..<min(pending.tokens.count, start + RetainedPieces.length)
      let arrival = RetentionArrival(
        tokens: Array(pending.tokens[range]), surprisals: Array(pending.surprisals[range]),
        isSpoken: false)
      retained.retention.add(
        arrival, match: RetentionMatch(arrival, with: kept, context: context),
        names: arrival.names(context.tokenizer), agent: agent)
      retained.lengths.append(range.count)
      kept.append(arrival.tokens)
    }
    return letGo(from: &store, &retained, agent: agent)
  }

  /// The tokens of each piece.
  private func tokens(of retained: RetainedPieces, in store: NeighborStore) -> [[Int32]] {
    var tokens = (0..<store.count).lazy.compactMap { store.token(of: $0) }.makeIterator()
    return retained.lengths.map { length in (0..<length).compactMap { _ in tokens.next() } }
  }

  /// Deletes pieces that the policy chooses until the rest is within the budget.
  private func letGo(
    from store: inout NeighborStore, _ retained: inout RetainedPieces, agent: RetentionAgent
  ) -> Int {
    var left = Array(retained.lengths.indices)
    var count = store.liveCount
    while count > configuration.budget, let gone = agent.victim(retained.retention) {
      count -= retained.lengths[left.remove(at: gone)]
      retained.retention.remove { $0 == gone }
    }
    guard left.count < retained.lengths.count else { return 0 }
    let isLeft = Set(left)
    var (live, deleted) = (0, Set<Int>())
    var ends: [Int] = []
    var end = 0
    for length in retained.lengths {
      end += length
      ends.append(end)
    }
    var piece = 0
    for entry in 0..<store.count where store.row(of: entry) != nil {
      while piece < ends.count, live >= ends[piece] { piece += 1 }
      if !isLeft.contains(piece) { deleted.insert(entry) }
      live += 1
    }
    retained.lengths = left.map { retained.lengths[$0] }
    return store.delete(entries: deleted)
  }
}

extension RetainedPieces {
  /// Adds what is known to a file: `<name>.pieces`, I64 [pieces], the entries of each, and the tables of `Retention`.
  func save(_ name: String, into writer: inout SafetensorsWriter) {
    writer.add("\(name).pieces", int64s: lengths.map(Int64.init), shape: [lengths.count])
    retention.save("\(name).retention", into: &writer)
  }

  /// Reads what is known.
  ///
  /// - Parameters:
  ///   - entries: how many there are in all.
  ///   - history: values of the agent's state.
  /// - Throws: `MemoryError.file` where a tensor is missing or of another shape or type, `.malformed` where the pieces are not
  ///   those of the entries.
  init(
    _ name: String, entries: Int, history: Int, in file: SafetensorsFile
  ) throws(MemoryError) {
    let lengths: [Int64]
    do throws(ModelFileError) {
      lengths = try file.require("\(name).pieces").int64s()
    } catch {
      throw .file(error)
    }
    guard lengths.allSatisfy({ (1...Int64(Self.length)).contains($0) }),
      lengths.reduce(0, +) == Int64(entries)
    else {
      throw .malformed(
        path: file.path, what: "the pieces of \(name) are not those of its entries",
        expected: "pieces of 1 to \(Self.length) entries that are \(entries) in all")
    }
    self.lengths = lengths.map(Int.init)
    retention = try Retention(
      "\(name).retention", count: lengths.count, history: history, in: file)
  }
}

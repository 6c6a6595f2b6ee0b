extension NeighborStore {
  /// Deletes the entries that came from some tokens of the journal; ids of the others stay valid until most entries are
  /// deleted.
  ///
  /// A row is deleted with its last entry: no search returns it, and the next file does not contain its bytes.
  ///
  /// - Returns: the number of deleted entries.
  package mutating func forget(_ journal: Set<Int>) -> Int {
    let deleted = delete { _, place in journal.contains(Int(place)) }
    compactIfWorthIt()
    return deleted
  }

  /// Deletes the oldest entries beyond a number of them.
  ///
  /// - Returns: the number of deleted entries.
  package mutating func evict(to budget: Int) -> Int {
    let excess = liveCount - budget
    guard excess > 0 else { return 0 }
    let deleted = delete(atMost: excess) { _, _ in true }
    compactIfWorthIt()
    return deleted
  }

  /// Deletes some entries.
  ///
  /// - Returns: the number of deleted entries.
  mutating func delete(entries gone: Set<Int>) -> Int {
    let deleted = delete { entry, _ in gone.contains(entry) }
    compactIfWorthIt()
    return deleted
  }

  /// Deletes entries, the oldest first.
  private mutating func delete(
    atMost limit: Int = .max, where isChosen: (_ entry: Int, _ journal: Int64) -> Bool
  ) -> Int {
    var orphaned: Set<Int32> = []  // rows that lost their oldest entry and have others
    var deleted = 0
    for entry in 0..<count where deleted < limit {
      let row = entries.row(entry)
      guard row >= 0, isChosen(entry, entries.journal(entry)) else { continue }
      let (chunk, place) = (Int(row) / KeyChunk.capacity, Int(row) % KeyChunk.capacity)
      chunks[chunk].weights[place] -= 1
      if chunks[chunk].weights[place] == 0 {
        orphaned.remove(row)
      } else if Int(chunks[chunk].first[place]) == entry {
        orphaned.insert(row)
      }
      entries.delete(entry)
      deleted += 1
    }
    liveCount -= deleted
    // The oldest that is left: an entry before the deleted ones may share the row only when it was not its first.
    for entry in 0..<count where !orphaned.isEmpty {
      let row = entries.row(entry)
      if row >= 0, orphaned.remove(row) != nil {
        chunks[Int(row) / KeyChunk.capacity].first[Int(row) % KeyChunk.capacity] = Int32(entry)
      }
    }
    return deleted
  }

  /// Renumbers the entries once more of them are deleted than live, so that memory does not grow with deleted entries.
  private mutating func compactIfWorthIt() {
    guard count - liveCount > max(Self.slack, liveCount) else { return }
    let (live, rows, rowOfEntry) = compactOrder
    var result = NeighborStore(columns: columns, type: type)
    for row in rows {
      let chunk = chunks[row / KeyChunk.capacity]
      if result.chunks.last?.isFull ?? true {
        result.chunks.append(KeyChunk(columns: columns, type: type))
      }
      chunk.withKey(row % KeyChunk.capacity) {
        result.chunks[result.chunks.count - 1].append(
          $0, token: chunk.tokens[row % KeyChunk.capacity], entry: -1)
      }
    }
    var seen = [Bool](repeating: false, count: rows.count)
    for (index, entry) in live.enumerated() {
      let row = Int(rowOfEntry[index])
      let (chunk, place) = (row / KeyChunk.capacity, row % KeyChunk.capacity)
      if seen[row] {
        result.chunks[chunk].weights[place] += 1
      } else {
        seen[row] = true
        result.chunks[chunk].first[place] = Int32(clamping: index)
      }
      result.entries.append(
        row: Int32(clamping: row), journal: entries.journal(entry),
        follows: entries.follows(entry))
    }
    result.liveCount = live.count
    self = result
  }

  /// Number of deleted entries below which no renumbering is done.
  private static let slack = 4096

  /// The journal was compacted.
  package mutating func remapJournal(_ newIndex: (Int) -> Int?) { entries.remapJournal(newIndex) }

  /// Whether something was deleted.
  package var hasDeletions: Bool { liveCount < count }

  /// The live entries and, in the order of their oldest one, the rows they need: a store without the deleted entries
  /// would be the same.
  var compactOrder: (entries: [Int], rows: [Int], rowOfEntry: [Int32]) {
    var live: [Int] = []
    var order: [Int] = []
    var places = [Int32](repeating: -1, count: rowCount)
    var rowOfEntry: [Int32] = []
    live.reserveCapacity(liveCount)
    rowOfEntry.reserveCapacity(liveCount)
    for entry in 0..<count {
      let row = Int(entries.row(entry))
      guard row >= 0 else { continue }
      live.append(entry)
      if places[row] < 0 {
        places[row] = Int32(order.count)
        order.append(row)
      }
      rowOfEntry.append(places[row])
    }
    return (live, order, rowOfEntry)
  }
}

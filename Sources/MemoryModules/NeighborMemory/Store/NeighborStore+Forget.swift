extension NeighborStore {
  /// Deletes the entries that came from some tokens of the journal; ids of the others stay.
  ///
  /// A row dies with its last entry: no search returns it, and the next file does not hold its bytes.
  ///
  /// - Returns: how many entries went.
  package mutating func forget(_ journal: Set<Int>) -> Int {
    var orphaned: Set<Int32> = []  // rows that lost their oldest entry and have others
    var deleted = 0
    for entry in 0..<count {
      let row = entries.row(entry)
      guard row >= 0, journal.contains(Int(entries.journal(entry))) else { continue }
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
    for entry in 0..<count where !orphaned.isEmpty {
      let row = entries.row(entry)
      if row >= 0, orphaned.remove(row) != nil {
        chunks[Int(row) / KeyChunk.capacity].first[Int(row) % KeyChunk.capacity] = Int32(entry)
      }
    }
    return deleted
  }

  /// The journal was compacted.
  package mutating func remapJournal(_ newIndex: (Int) -> Int?) { entries.remapJournal(newIndex) }

  /// Whether something was deleted.
  package var hasDeletions: Bool { liveCount < count }

  /// The live entries and, in the order of their oldest one, the rows they need: what a store would be that had never
  /// held anything else.
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

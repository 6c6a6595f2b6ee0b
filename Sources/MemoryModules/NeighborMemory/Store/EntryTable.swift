/// The learned tokens, one entry each and in document order: the row of its key and token, and its place in the
/// journal.
///
/// Stored in pieces that snapshots share. A deleted entry keeps its index, so that the others' ids stay valid.
struct EntryTable: Sendable {
  private static let capacity = 4096

  private struct Piece: Sendable {
    var rows: [Int32] = []  // -1 where an entry was deleted
    var journal: [Int64] = []
    var follows: [Bool] = []
  }

  private var pieces: [Piece] = []
  /// Entries, deleted ones included.
  private(set) var count = 0

  mutating func append(row: Int32, journal: Int64, follows: Bool) {
    if count % Self.capacity == 0 { pieces.append(Piece()) }
    let last = pieces.count - 1
    pieces[last].rows.append(row)
    pieces[last].journal.append(journal)
    pieces[last].follows.append(follows)
    count += 1
  }

  /// The row of an entry; -1 for a deleted one.
  func row(_ entry: Int) -> Int32 { pieces[entry / Self.capacity].rows[entry % Self.capacity] }

  /// Its place in the journal; -1 where there is none.
  func journal(_ entry: Int) -> Int64 {
    pieces[entry / Self.capacity].journal[entry % Self.capacity]
  }

  /// Whether the entry's key stands directly after the entry before it in one text.
  func follows(_ entry: Int) -> Bool {
    pieces[entry / Self.capacity].follows[entry % Self.capacity]
  }

  mutating func delete(_ entry: Int) {
    pieces[entry / Self.capacity].rows[entry % Self.capacity] = -1
    pieces[entry / Self.capacity].journal[entry % Self.capacity] = -1
    pieces[entry / Self.capacity].follows[entry % Self.capacity] = false
    if entry + 1 < count {
      let next = entry + 1
      pieces[next / Self.capacity].follows[next % Self.capacity] = false
    }
  }

  mutating func remapJournal(_ newIndex: (Int) -> Int?) {
    for piece in pieces.indices {
      for place in pieces[piece].journal.indices where pieces[piece].journal[place] >= 0 {
        let moved = newIndex(Int(pieces[piece].journal[place]))
        pieces[piece].journal[place] = Int64(moved ?? -1)
      }
    }
  }
}

import Foundation
import Tensors

/// The entries of a neighbor memory in document order: key, next token, place in the journal.
///
/// Entries whose key and token are equal bit for bit share one row that counts for all of them; at any sharpness this
/// is equivalent to storing each. Keys are Float32 by default: in Float16, the rounding differences of a forward pass
/// that was split differently would grow to 1e-4. The store is a value; copies share their common parts.
package struct NeighborStore: Sendable {
  /// Values per key.
  package let columns: Int
  /// How keys are stored.
  package let type: NeighborKeyType
  var chunks: [KeyChunk] = []
  var entries = EntryTable()
  /// Entries that were not deleted.
  package internal(set) var liveCount = 0

  package init(columns: Int, type: NeighborKeyType = .f32) {
    self.columns = columns
    self.type = type
  }

  /// Entries ever added, deleted ones included; their ids are 0..<count.
  package var count: Int { entries.count }
  /// Different pairs of key and token, those without entries included.
  package var rowCount: Int {
    chunks.isEmpty ? 0 : (chunks.count - 1) * KeyChunk.capacity + chunks[chunks.count - 1].count
  }
  /// Bytes of keys, codes and entries.
  package var bytes: Int {
    let key = type == .int8 ? 0 : KeyChunk.rowBytes(columns: columns, type: type)
    // Deleted entries are not counted: no file contains them.
    let rows = hasDeletions ? compactOrder.rows.count : rowCount
    return rows * (key + ByteCodes.groupBytes(columns: columns) / ByteCodes.group + 32)
      + liveCount * 13
  }

  /// Adds entries.
  ///
  /// - Parameters:
  ///   - keys: finite, [count, columns].
  ///   - journal: indices in the journal; -1 for none.
  ///   - follows: whether each entry stands directly after the one before it in one text.
  ///   - finder: finds equal rows; created when nil; valid for this store and its later extensions only.
  package mutating func append(
    keys: [Float], tokens: [Int32], journal: [Int], follows: [Bool], finder: inout RowFinder?
  ) {
    let found = finder ?? RowFinder(self)
    finder = found
    keys.withUnsafeBufferPointer { keys in
      guard let start = keys.baseAddress else { return }
      for (index, token) in tokens.enumerated() {
        StoredKey.encode(start + index * columns, columns: columns, type: type) { key in
          add(
            key, token: token, journal: Int64(journal[index]), follows: follows[index],
            finder: found)
        }
      }
    }
  }

  private mutating func add(
    _ key: StoredKey, token: Int32, journal: Int64, follows: Bool, finder: RowFinder
  ) {
    let entry = Int32(clamping: entries.count)
    let hash = key.hash(token: token)
    let row: Int
    if let known = finder.row(hash), isRow(known, equalTo: key, token: token) {
      row = known
      chunks[row / KeyChunk.capacity].weights[row % KeyChunk.capacity] += 1
    } else {
      row = rowCount
      if chunks.last?.isFull ?? true { chunks.append(KeyChunk(columns: columns, type: type)) }
      chunks[chunks.count - 1].append(key, token: token, entry: entry)
      finder.insert(hash, row: row)
    }
    entries.append(row: Int32(clamping: row), journal: journal, follows: follows)
    liveCount += 1
  }

  private func isRow(_ row: Int, equalTo key: StoredKey, token: Int32) -> Bool {
    guard row < rowCount else { return false }
    let chunk = chunks[row / KeyChunk.capacity]
    let place = row % KeyChunk.capacity
    return chunk.tokens[place] == token && chunk.weights[place] > 0
      && chunk.withKey(place) { $0.equals(key) }
  }

  // MARK: - Looking at entries

  /// The row of a live entry.
  package func row(of entry: Int) -> Int? {
    let row = entries.row(entry)
    return row >= 0 ? Int(row) : nil
  }

  /// The token of an entry; nil for a deleted one.
  package func token(of entry: Int) -> Int32? {
    row(of: entry).map { chunks[$0 / KeyChunk.capacity].tokens[$0 % KeyChunk.capacity] }
  }

  /// The entry's place in the journal; -1 where there is none.
  package func journal(of entry: Int) -> Int { Int(entries.journal(entry)) }

  /// Whether an entry stands directly after the one before it in one text.
  package func follows(_ entry: Int) -> Bool { entries.follows(entry) }

  /// How many entries share the key and token of a live entry.
  package func weight(of entry: Int) -> Int {
    row(of: entry).map { Int(chunks[$0 / KeyChunk.capacity].weights[$0 % KeyChunk.capacity]) } ?? 0
  }

  /// The oldest entry with the key and token of a live entry.
  package func oldest(of entry: Int) -> Int? {
    row(of: entry).map { Int(chunks[$0 / KeyChunk.capacity].first[$0 % KeyChunk.capacity]) }
  }

  /// The dot product of an entry's key with a query, [columns].
  package func score(of entry: Int, _ query: UnsafePointer<Float>) -> Float? {
    row(of: entry).map { chunks[$0 / KeyChunk.capacity].score($0 % KeyChunk.capacity, query) }
  }

  /// The stored key of a live entry, [columns].
  package func key(of entry: Int) -> [Float]? {
    row(of: entry).map {
      chunks[$0 / KeyChunk.capacity].withKey($0 % KeyChunk.capacity) { $0.floats }
    }
  }
}

/// Finds rows by the hash of key and token. Derived data, not state: it can be discarded and rebuilt at any time.
package final class RowFinder {
  private var rows: [UInt64: Int32] = [:]

  /// A finder for the rows of a store.
  package init(_ store: NeighborStore) {
    rows.reserveCapacity(store.rowCount)
    for (index, chunk) in store.chunks.enumerated() {
      for place in 0..<chunk.count where chunk.weights[place] > 0 {
        rows[chunk.hashes[place]] = Int32(clamping: index * KeyChunk.capacity + place)
      }
    }
  }

  func row(_ hash: UInt64) -> Int? { rows[hash].map { Int($0) } }
  func insert(_ hash: UInt64, row: Int) { rows[hash] = Int32(clamping: row) }
}

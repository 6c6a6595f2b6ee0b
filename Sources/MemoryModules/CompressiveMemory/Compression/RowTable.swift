/// Keys before RoPE and values of some tokens in every block.
package struct RowTable: Sendable, Equatable {
  /// Per block [count, key/value columns].
  package var keys: [[Float]]
  package var values: [[Float]]
  /// The journal's index of each token, [count x tokens per row]; -1 where it has none.
  package var journal: [Int]
  /// Whether it was said in a conversation, not read in a document, [count x tokens per row].
  package var isSpoken: [Bool]

  package init(layers: Int) {
    keys = [[Float]](repeating: [], count: layers)
    values = keys
    journal = []
    isSpoken = []
  }

  package init(keys: [[Float]], values: [[Float]], journal: [Int], isSpoken: [Bool]) {
    self.keys = keys
    self.values = values
    self.journal = journal
    self.isSpoken = isSpoken
  }

  package mutating func append(_ other: RowTable) {
    for layer in keys.indices {
      keys[layer] += other.keys[layer]
      values[layer] += other.values[layer]
    }
    journal += other.journal
    isSpoken += other.isSpoken
  }

  /// Removes and returns the first `count` rows.
  ///
  /// - Parameters:
  ///   - columns: values per row.
  ///   - tokens: journal entries per row.
  package mutating func removeFirst(_ count: Int, columns: Int, tokens: Int = 1) -> RowTable {
    var first = RowTable(layers: keys.count)
    for layer in keys.indices {
      first.keys[layer] = Array(keys[layer].prefix(count * columns))
      first.values[layer] = Array(values[layer].prefix(count * columns))
      keys[layer].removeFirst(count * columns)
      values[layer].removeFirst(count * columns)
    }
    first.journal = Array(journal.prefix(count * tokens))
    first.isSpoken = Array(isSpoken.prefix(count * tokens))
    journal.removeFirst(count * tokens)
    isSpoken.removeFirst(count * tokens)
    return first
  }

  /// Keeps the rows whose journal place satisfies `isKept`; for tables with one token per row.
  package mutating func keep(columns: Int, _ isKept: (Int) -> Bool) {
    let kept = journal.indices.filter { isKept(journal[$0]) }
    func rows(_ table: [Float]) -> [Float] {
      kept.flatMap { table[$0 * columns..<($0 + 1) * columns] }
    }
    keys = keys.map(rows)
    values = values.map(rows)
    journal = kept.map { journal[$0] }
    isSpoken = kept.map { isSpoken[$0] }
  }

  /// A bound above the keys and values of any model; products of larger values with a query might not be finite.
  package static let largest: Float = 0x1p20

  /// Whether every value is finite and at most `largest` in size.
  package var isSound: Bool {
    (keys + values).allSatisfy { $0.allSatisfy { $0.magnitude < Self.largest } }
  }
}

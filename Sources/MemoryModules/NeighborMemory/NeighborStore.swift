import Tensors

/// The entries of a neighbor memory in document order: key, next token, place in the journal.
struct NeighborStore: Sendable, Equatable {
  let columns: Int
  private(set) var keys: [UInt16] = []  // Float16 bits, [count, columns]
  private(set) var tokens: [Int32] = []  // [count]
  private(set) var journal: [Int64] = []  // [count]

  init(columns: Int) { self.columns = columns }

  /// A store from its parts; nil when the counts disagree.
  init?(columns: Int, keys: [UInt16], tokens: [Int32], journal: [Int64]) {
    guard keys.count == tokens.count * columns, journal.count == tokens.count else { return nil }
    self.columns = columns
    self.keys = keys
    self.tokens = tokens
    self.journal = journal
  }

  var count: Int { tokens.count }

  mutating func append(keys newKeys: [Float], tokens newTokens: [Int32], journal indices: [Int]) {
    keys.append(contentsOf: LinearAlgebra.half(newKeys))
    tokens.append(contentsOf: newTokens)
    journal.append(contentsOf: indices.map { Int64($0) })
  }

  mutating func truncate(to count: Int) {
    guard count < tokens.count else { return }
    keys.removeSubrange(count * columns..<keys.count)
    tokens.removeSubrange(count..<tokens.count)
    journal.removeSubrange(count..<journal.count)
  }
}

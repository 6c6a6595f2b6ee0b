/// The entries of a neighbor memory in document order: key, next token, place in the journal.
///
/// Keys are Float32: halves would turn the rounding of a forward pass that was split elsewhere into differences of 1e-4.
package struct NeighborStore: Sendable, Equatable {
  package let columns: Int
  package private(set) var keys: [Float] = []  // [count, columns]
  package private(set) var tokens: [Int32] = []  // [count]
  package private(set) var journal: [Int64] = []  // [count]

  package init(columns: Int) { self.columns = columns }

  /// A store from its parts; nil when the counts disagree.
  package init?(columns: Int, keys: [Float], tokens: [Int32], journal: [Int64]) {
    guard keys.count == tokens.count * columns, journal.count == tokens.count else { return nil }
    self.columns = columns
    self.keys = keys
    self.tokens = tokens
    self.journal = journal
  }

  package var count: Int { tokens.count }

  package mutating func append(
    keys newKeys: [Float], tokens newTokens: [Int32], journal indices: [Int]
  ) {
    keys.append(contentsOf: newKeys)
    tokens.append(contentsOf: newTokens)
    journal.append(contentsOf: indices.map { Int64($0) })
  }

  package mutating func truncate(to count: Int) {
    guard count < tokens.count else { return }
    keys.removeSubrange(count * columns..<keys.count)
    tokens.removeSubrange(count..<tokens.count)
    journal.removeSubrange(count..<journal.count)
  }
}

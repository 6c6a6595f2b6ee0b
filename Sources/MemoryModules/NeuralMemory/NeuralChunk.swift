/// Pairs in the order they were written: those of the open chunk, or those an Omega window reaches back to.
package struct NeuralChunk: Sendable, Equatable {
  package var keys: [Float] = []  // [count, key columns]
  /// Final hidden states for logit mixing, values for a wired memory, [count, outputs].
  package var hidden: [Float] = []
  package var targets: [Int32] = []  // [count]
  package var surprisals: [Float] = []  // [count]
  package var journal: [Int] = []  // [count]
  /// alpha, eta and relative theta of each token where an adapter computes them, [count, 3]; else empty.
  package var gates: [Float] = []

  package var count: Int { targets.count }

  package init() {}

  /// Appends another chunk's pairs.
  package mutating func append(_ other: NeuralChunk) {
    keys += other.keys
    hidden += other.hidden
    targets += other.targets
    surprisals += other.surprisals
    journal += other.journal
    gates += other.gates
  }

  /// This chunk followed by another.
  package func followed(by other: NeuralChunk) -> NeuralChunk {
    guard count > 0 else { return other }
    var all = self
    all.append(other)
    return all
  }

  /// The last `count` pairs.
  package func suffix(_ wanted: Int) -> NeuralChunk {
    guard wanted < count else { return self }
    func tail<T>(_ values: [T]) -> [T] { Array(values.suffix(values.count / count * wanted)) }
    var part = NeuralChunk()
    part.keys = tail(keys)
    part.hidden = tail(hidden)
    part.targets = tail(targets)
    part.surprisals = tail(surprisals)
    part.journal = tail(journal)
    part.gates = tail(gates)
    return part
  }
}

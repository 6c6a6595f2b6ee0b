/// Pairs in the order they were written: those of the open chunk, or those an Omega window reaches back to.
package struct NeuralChunk: Sendable, Equatable {
  package var keys: [Float] = []  // [count, key columns]
  /// What the loss compares the output with, or adds it to: the value of a wired memory, the final hidden state of one that
  /// learns texts, [count, outputs].
  package var lossInputs: [Float] = []
  /// The tokens the pairs were made of: those that followed in a text, the wired block's own, [count].
  package var tokens: [Int32] = []
  package var surprisals: [Float] = []  // [count]
  package var journal: [Int] = []  // [count]
  /// alpha, eta and relative theta of each token where an adapter computes them, [count, 3]; else empty.
  package var gates: [Float] = []

  package var count: Int { tokens.count }

  package init() {}

  /// Whether every number that takes part in a step is finite.
  var isFinite: Bool {
    keys.allSatisfy(\.isFinite) && lossInputs.allSatisfy(\.isFinite) && gates.allSatisfy(\.isFinite)
  }

  /// Appends another chunk's pairs.
  package mutating func append(_ other: NeuralChunk) {
    keys += other.keys
    lossInputs += other.lossInputs
    tokens += other.tokens
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
    part.lossInputs = tail(lossInputs)
    part.tokens = tail(tokens)
    part.surprisals = tail(surprisals)
    part.journal = tail(journal)
    part.gates = tail(gates)
    return part
  }

  /// The journal was compacted.
  mutating func remapJournal(_ newIndex: (Int) -> Int?) {
    for index in journal.indices { journal[index] = newIndex(journal[index]) ?? -1 }
  }
}

import Tensors

/// The latent of a phrase: the weighted sum of its words' random codes, of length 1.
///
/// Codes of different words are almost orthogonal, so the dot product of two latents is approximately the share of
/// information that both phrases contain. It needs no training, ignores word order, and is the same on every machine.
package struct PhraseEncoder: Sendable {
  /// Values per latent (C).
  package let columns: Int

  package init(columns: Int) { self.columns = columns }

  /// The latent of some words, [columns]; zero for none.
  package func encode(_ words: some Sequence<Word>) -> [Float] {
    var latent = [Float](repeating: 0, count: columns)
    for word in words { add(word, to: &latent) }
    latent.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      if buffer.contains(where: { $0 != 0 }) { LinearAlgebra.normalize(start, count: columns) }
    }
    return latent
  }

  /// Adds sqrt(weight) times a code of signs drawn from a generator that is seeded by the word.
  private func add(_ word: Word, to latent: inout [Float]) {
    var generator = SplitMix64(seed: Self.hash(word.stem))
    let size = word.weight.squareRoot()
    var bits: UInt64 = 0
    for column in 0..<columns {
      if column % 64 == 0 { bits = generator.next() }
      latent[column] += bits & 1 == 1 ? size : -size
      bits >>= 1
    }
  }

  /// FNV-1a, 64 bits.
  package static func hash(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }
}

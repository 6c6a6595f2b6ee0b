import Foundation
import Memory
import MemoryModules
import TestSupport
import Testing
import Transformer

@Suite("Several modules speak at one token")
struct SharingTests {
  @Test("Odds against the plain model add up, in any order")
  func oddsAddUp() throws {
    let bench = try Workbench.shared.get()
    let kinds: [ModuleKind] = [.neural, .neighbor]
    let prompt = TinyLlama.tokens(6, seed: 9)
    func last(_ kinds: [ModuleKind]) throws -> [Double] {
      let memory = try bench.filled(kinds)
      let row = try bench.logits(prompt, with: memory, asAnswer: true).suffix(
        TinyLlama.vocabularySize)
      let powers = row.map { Foundation.exp(Double($0)) }
      let total = powers.reduce(0, +)
      return powers.map { $0 / total }
    }
    let neighbor = try last([.neighbor])
    let neural = try last([.neural])
    let both = try last(kinds)
    let reversed = try last(kinds.reversed())
    let row = try bench.logits(prompt).suffix(TinyLlama.vocabularySize).map {
      Foundation.exp(Double($0))
    }
    let total = row.reduce(0, +)
    for token in row.indices {
      // With gates of 1/2 all odds are 1: alone (p + m) / 2, together (p + m + m') / 3.
      let p = row[token] / total
      let expected = (2 * neighbor[token] + 2 * neural[token] - p) / 3
      #expect(abs(both[token] - expected) < 1e-5)
      #expect(abs(both[token] - reversed[token]) < 1e-6)
    }
  }
}

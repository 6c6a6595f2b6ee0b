import Foundation
import Memory
import MemoryModules
import TestSupport
import Testing
import Transformer

@Suite("A memory's record in the text at hand")
struct TextRecordTests {
  let vocabulary = TinyLlama.vocabularySize

  func probabilities(_ logits: [Float]) -> [[Double]] {
    stride(from: 0, to: logits.count, by: vocabulary).map { start in
      let powers = logits[start..<start + vocabulary].map { exp(Double($0)) }
      let total = powers.reduce(0, +)
      return powers.map { $0 / total }
    }
  }

  @Test("Every row is the plain one and the remembered one, mixed by what both were worth so far")
  func byHand() throws {
    let bench = try Workbench.shared.get()
    let memory = try bench.filled([.neural])
    let text = TinyLlama.tokens(48, seed: 9)
    let plain = try probabilities(bench.logits(text))
    let heard = try probabilities(bench.logits(text, with: memory, asAnswer: true))
    let mixed = try probabilities(bench.logits(text, with: memory))
    // The posterior of two experts with a fixed share.
    var trust = 0.9
    var largest = 0.0
    for row in text.indices {
      for token in 0..<vocabulary {
        let expected = (1 - trust) * plain[row][token] + trust * heard[row][token]
        largest = max(largest, abs(expected - mixed[row][token]))
      }
      guard row + 1 < text.count else { break }
      let next = Int(text[row + 1])
      let posterior =
        trust * heard[row][next]
        / (trust * heard[row][next] + (1 - trust) * plain[row][next])
      trust = 0.998 * posterior + 0.002 * 0.9
    }
    #expect(largest < 1e-5)
    #expect(trust != 0.9)
  }

  @Test("Rows asked for one by one, in pieces or at once are the same rows")
  func pieces() throws {
    let bench = try Workbench.shared.get()
    let text = TinyLlama.tokens(40, seed: 9)
    for kind in ModuleRegistry.standard.kinds {
      let memory = try bench.filled([kind])
      let all = try bench.logits(text, with: memory)
      for size in [1, 7, 39] {
        let session = bench.session()
        let attached = try memory.attach(to: session, readOnly: true)
        var rows: [Float] = []
        for start in stride(from: 0, to: text.count, by: size) {
          let piece = Array(text[start..<min(text.count, start + size)])
          rows += try session.forward(piece, logits: .all).values
        }
        attached.detach()
        #expect(zip(all, rows).allSatisfy { abs($0 - $1) < 1e-4 }, "\(kind), \(size)")
      }
    }
  }

  @Test("Another text, or the same one again, begins with a new record")
  func anew() throws {
    let bench = try Workbench.shared.get()
    let memory = try bench.filled([.neural])
    let (first, second) = (TinyLlama.tokens(30, seed: 8), TinyLlama.tokens(34, seed: 9))
    let fresh = try bench.logits(second, with: memory)
    let session = bench.session()
    let attached = try memory.attach(to: session, readOnly: true)
    defer { attached.detach() }
    for _ in 0..<2 {
      _ = try session.forward(first, logits: .all)
      session.reset()
      #expect(try session.forward(second, logits: .all).values == fresh)
      session.truncate(to: 0)
    }
    // A longer text whose first rows nobody asks for: the record of the last one does not count.
    _ = try session.forward(first, logits: .all)
    session.reset()
    let last = try session.forward(second, logits: .last).last
    let other = bench.session()
    let alone = try memory.attach(to: other, readOnly: true)
    defer { alone.detach() }
    #expect(try other.forward(second, logits: .last).last == last)
  }

  @Test(
    "A memory that takes another's place in the middle of a text begins with a record of its own")
  func swapped() throws {
    let bench = try Workbench.shared.get()
    let first = try bench.filled([.neural], tokens: TinyLlama.tokens(60, seed: 21))
    let second = try bench.filled([.neural])
    let text = TinyLlama.tokens(40, seed: 9)
    func rest(after before: DetachableMemory?) throws -> [Float] {
      let session = bench.session()
      let early = try before?.attach(to: session, readOnly: true)
      _ = try session.forward(Array(text[..<30]), logits: .all)
      early?.detach()
      let late = try second.attach(to: session, readOnly: true)
      defer { late.detach() }
      return try session.forward(Array(text[30...]), logits: .all).values
    }
    #expect(try rest(after: first) == rest(after: nil))
  }

  @Test("An unrelated text costs no more than the plain model's share at the beginning")
  func bound() throws {
    let bench = try Workbench.shared.get()
    let memory = try bench.filled([.neural])
    for seed in 20..<26 as Range<UInt64> {
      let text = TinyLlama.tokens(60, seed: seed)
      let plain = try probabilities(bench.logits(text))
      let mixed = try probabilities(bench.logits(text, with: memory))
      var cost = 0.0
      for row in 0..<text.count - 1 {
        let next = Int(text[row + 1])
        cost += log(plain[row][next] / mixed[row][next])
      }
      #expect(cost < 2.31 + 60 * 0.0019, "seed \(seed)")
    }
  }
}

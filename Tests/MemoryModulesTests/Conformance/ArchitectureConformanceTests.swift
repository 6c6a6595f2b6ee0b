import Foundation
import Memory
import MemoryModules
import TestSupport
import Testing
import Transformer

/// Every kind of memory on every architecture: what the hooks promise holds wherever they are.
@Suite("Every memory on every architecture")
struct ArchitectureConformanceTests {
  @Test(
    "Attached, learning, saved, loaded and detached",
    arguments: PeerModel.names, MemoryShape.all)
  func wholeLife(name: String, shape: MemoryShape) throws {
    let kind = shape.kind
    let folder = try TemporaryFolder()
    let bench = try shape.bench(on: name)
    let prompt = TinyLlama.tokens(24, seed: 9)
    let plain = try bench.logits(prompt)
    // Off is off.
    let empty = try bench.memory([kind])
    #expect(try bench.logits(prompt, with: empty) == plain)
    let closed = try bench.filled(
      [kind], gate: .closed, tokens: TinyLlama.tokens(60, seed: 5))
    #expect(try bench.logits(prompt, with: closed) == plain)
    // On is on, and no number is lost.
    let memory = try bench.filled([kind], tokens: TinyLlama.tokens(60, seed: 5))
    let attached = try bench.logits(prompt, with: memory)
    #expect(attached != plain)
    let isFinite = attached.allSatisfy(\.isFinite)
    #expect(isFinite)
    // Another process, the same memory.
    let path = folder.path("life.mneme")
    try memory.save(to: path)
    let loaded = try DetachableMemory.load(path, model: bench.model, registry: .standard)
    #expect(try bench.logits(prompt, with: loaded) == attached)
    #expect(try bench.logits(prompt) == plain)
  }

  @Test(
    "Any split of the stream gives the same state and logits",
    arguments: PeerModel.names, MemoryShape.all)
  func anySplit(name: String, shape: MemoryShape) throws {
    let kind = shape.kind
    let bench = try shape.bench(on: name)
    let tokens = TinyLlama.tokens(45, seed: 11)
    func run(_ pieces: [Int]) throws -> [Float] {
      let memory = try bench.memory([kind])
      let session = bench.session()
      let attached = try memory.attach(to: session)
      try Workbench.feed(tokens, to: session, pieces: pieces)
      let logits = try session.forward(TinyLlama.tokens(8, seed: 12), logits: .all).values
      attached.detach()
      return logits
    }
    let whole = try run([tokens.count])
    for pieces in [[Int](repeating: 1, count: tokens.count), [16, 29], randomPieces(45, seed: 1)] {
      let split = try run(pieces)
      #expect(difference(whole, split) < 1e-5, "pieces \(pieces)")
    }
  }
}

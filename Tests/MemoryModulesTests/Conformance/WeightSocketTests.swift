import Foundation
import Memory
import MemoryModules
import TestSupport
import Testing
import Transformer

/// The rules, for a memory whose read-out is the weights of the blocks.
@Suite("The weight socket")
struct WeightSocketTests {
  let bench: Workbench
  private let registry = ModuleRegistry([FastWeightProbe.self])

  init() throws { bench = try Workbench.shared.get() }

  private func memory(rate: Float = 0.05) throws -> DetachableMemory {
    let context = ModuleContext(model: bench.model, keyColumns: bench.keys.columns)
    var configuration = FastWeightProbe.Configuration(for: context)
    configuration.rate = rate
    let adapter = Adapter(
      fingerprint: ModelFingerprint(of: bench.model), keys: bench.keys,
      modules: [
        "probe": try ModuleParameters(
          configuration, gate: .closed(FastWeightProbe.gateFeatureNames))
      ])
    return try DetachableMemory.create(
      kinds: ["probe"], model: bench.model, adapter: adapter, registry: registry)
  }

  private func filled(rate: Float = 0.05, pieces: [Int]? = nil) throws -> DetachableMemory {
    let memory = try memory(rate: rate)
    let session = bench.session()
    let attached = try memory.attach(to: session)
    try Workbench.feed(TinyLlama.tokens(40, seed: 5), to: session, pieces: pieces)
    attached.detach()
    return memory
  }

  @Test("Empty, with B = 0, or detached, it is the plain model to the bit")
  func offMeansOff() throws {
    let plain = try bench.logits()
    #expect(try bench.logits(with: memory()) == plain)
    #expect(try bench.logits(with: filled(rate: 0)) == plain)
    let memory = try filled()
    #expect(try bench.logits(with: memory) != plain)
    let session = bench.session()
    try memory.attach(to: session).detach()
    #expect(session.hooks.isEmpty)
    #expect(try session.forward(TinyLlama.tokens(24, seed: 9), logits: .all).values == plain)
  }

  @Test("It learns the plain model's activations, heard or not")
  func neverFeedsOnItself() throws {
    let tokens = TinyLlama.tokens(40, seed: 5)
    func run(_ pieces: [Int]) throws -> (FastWeightProbe.State, [Float]) {
      let memory = try memory()
      let session = bench.session()
      let attached = try memory.attach(to: session)
      defer { attached.detach() }
      var start = 0
      var logits: [Float] = []
      for size in pieces {
        logits = try session.forward(Array(tokens[start..<start + size])).values
        start += size
        try session.commit(
          through: start, provenance: Workbench.provenance(),
          learnable: [Bool](repeating: true, count: size), endsSegment: true)
      }
      let probe = try #require(memory.modules.first as? FastWeightProbe)
      return (probe.state, logits)
    }
    // In one piece it is heard by nothing it learns; in four, three passes go through what it has learned already.
    let (once, heardNever) = try run([40])
    let (often, heard) = try run([10, 10, 10, 10])
    #expect(heard != heardNever)
    #expect(once.learned == often.learned)
    #expect(zip(once.up, often.up).allSatisfy { abs($0 - $1) < 1e-5 * max(1, abs($0)) })
  }

  @Test("Two sessions are isolated, and two memories of one session are summed")
  func several() throws {
    let plain = try bench.logits()
    let memory = try filled()
    let (first, second) = (bench.session(), bench.session())
    let attached = try memory.attach(to: first, readOnly: true)
    #expect(try second.forward(TinyLlama.tokens(24, seed: 9), logits: .all).values == plain)
    let one = try first.forward(TinyLlama.tokens(24, seed: 9), logits: .all).values
    let other = try filled(rate: -0.05).attach(to: first, readOnly: true)
    first.reset()
    let both = try first.forward(TinyLlama.tokens(24, seed: 9), logits: .all).values
    #expect(one != plain)
    // They cancel, to rounding.
    #expect(difference(both, plain) < 1e-5)
    attached.detach()
    other.detach()
    first.reset()
    #expect(try first.forward(TinyLlama.tokens(24, seed: 9), logits: .all).values == plain)
  }

  @Test("A file brings the same weights back")
  func file() throws {
    let folder = try TemporaryFolder()
    let memory = try filled(pieces: [7, 20, 13])
    let path = folder.path("weights.mneme")
    try memory.save(to: path)
    let loaded = try DetachableMemory.load(path, model: bench.model, registry: registry)
    #expect(try bench.logits(with: loaded) == bench.logits(with: memory))
  }
}

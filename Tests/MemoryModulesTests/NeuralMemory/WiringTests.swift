import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// The neural memory inside the forward pass: MAG, MAL, MAC.
@Suite("Neural memory: wirings")
struct WiringTests {
  let bench: WiringBench

  init() throws { bench = try WiringBench() }

  static let all: [(NeuralWiringPlan.Kind, NeuralWiringPlan.Gating)] = [
    (.gate, .residual), (.gate, .product), (.layer, .residual), (.context, .residual),
  ]

  // MARK: - Golden

  @Test("The model with a memory in it, against PyTorch in Float64", arguments: all)
  func golden(kind: NeuralWiringPlan.Kind, gating: NeuralWiringPlan.Gating) throws {
    let expected = try bench.golden.require("\(kind.rawValue).\(gating.rawValue)").floats()
    let plain = try bench.golden.require("plain").floats()
    #expect(difference(plain, try bench.run(bench.tokens).stream) < 1e-5)
    #expect(difference(plain, expected) > 1e-2, "the memory does something")
    let memory = try bench.filled(kind, gating: gating)
    #expect(difference(expected, try bench.run(bench.tokens, with: memory).stream) < 1e-5)
    let pieces = [1, 5, 3, 1, 4]
    #expect(
      difference(expected, try bench.run(bench.tokens, with: memory, pieces: pieces).stream) < 1e-5)
  }

  @Test("What is written, against PyTorch, in any split", arguments: [[14], [1, 5, 3, 1, 4]])
  func written(pieces: [Int]) throws {
    for kind in NeuralWiringPlan.Kind.allCases {
      let memory = try bench.memory(kind) { _ in
      } _: {
        $0.chunkLength = 64
        $0.learningRate = .init(base: 1)
      }
      _ = try bench.run(bench.tokens, with: memory, pieces: pieces, commits: true)
      let open = memory.trainer.open
      #expect(open.count == bench.tokens.count)
      #expect(difference(try bench.golden.require("written.keys").floats(), open.keys) < 1e-5)
      #expect(
        difference(try bench.golden.require("written.values").floats(), open.lossInputs) < 1e-5)
      #expect(difference(try bench.golden.require("written.rates").floats(), open.gates) < 1e-5)
    }
  }

  // MARK: - Off means off

  @Test("An empty memory, a closed gate, no tensors: bit for bit the plain model", arguments: all)
  func off(kind: NeuralWiringPlan.Kind, gating: NeuralWiringPlan.Gating) throws {
    let plain = try bench.run(bench.tokens).logits
    #expect(try bench.run(bench.tokens, with: bench.memory(kind, gating: gating)).logits == plain)
    let closed = try bench.filled(kind, gating: gating) { tensors in
      tensors["wiring.gate"] = nil
      tensors["wiring.gate.bias"] = ParameterTensor(
        shape: [64], values: [Float](repeating: -30, count: 64))
      tensors["wiring.context.bias"] = ParameterTensor(shape: [1], values: [-30])
      tensors["persistent.keys"] = nil
      tensors["persistent.values"] = nil
    }
    #expect(try bench.run(bench.tokens, with: closed).logits == plain)
    let bare = try bench.memory(kind, gating: gating) { $0 = [:] }
    #expect(bare.wired == nil && bare.text != nil)
    #expect(try bench.run(bench.tokens, with: bare).logits == plain)
    let open = try bench.filled(kind, gating: gating)
    #expect(try bench.run(bench.tokens, with: open).logits != plain)
  }

  @Test(
    "MAC's second read asks with the layer's input and, through a map of its own, attention's output"
  )
  func secondRead() throws {
    func run(_ map: [Float]?) throws -> [Float] {
      let memory = try bench.filled(.context) { tensors in
        tensors["wiring.context.bias"] = ParameterTensor(shape: [1], values: [-30])
        guard let shape = tensors["wiring.query"]?.shape else { return }
        tensors["wiring.query.attention"] = map.flatMap {
          ParameterTensor(shape: shape, values: $0)
        }
      }
      return try bench.run(bench.tokens, with: memory).logits
    }
    let query = try #require(bench.tensors["wiring.query"])
    let zeros = [Float](repeating: 0, count: query.values.count)
    // Without rows of context and deaf to attention's output it is MAG.
    let gate = try bench.run(bench.tokens, with: bench.filled(.gate)).logits
    #expect(difference(try run(zeros), gate) < 1e-5)
    let both = try run(query.values)
    #expect(difference(both, gate) > 1e-3)
    #expect(difference(both, try run(nil)) > 1e-3)
    #expect(throws: MemoryError.self) {
      _ = try bench.filled(.context) {
        $0["wiring.query.attention"] = ParameterTensor(shape: [1, 1], values: [0])
      }
    }
  }

  @Test("Detached, the session is the plain model again")
  func detaches() throws {
    let memory = try bench.filled(.context)
    let session = TransformerSession(model: bench.model)
    let handles = [Seat(memory, in: session, isReadOnly: true)]
    #expect(!session.hooks.isEmpty)
    for handle in handles { handle.remove() }
    #expect(session.hooks.isEmpty)
  }

  // MARK: - Causality

  @Test("Another token 10 changes nothing before it, and something behind", arguments: all)
  func causal(kind: NeuralWiringPlan.Kind, gating: NeuralWiringPlan.Gating) throws {
    var other = bench.tokens
    other[10] = other[10] == 7 ? 8 : 7
    let width = bench.model.configuration.vocabularySize
    for commits in [false, true] {
      // With commits: what a segment writes is read by later segments only.
      func run(_ tokens: [Int32]) throws -> [Float] {
        let memory = try bench.memory(kind, gating: gating)
        if commits {
          _ = try bench.run(TinyLlama.tokens(9, seed: 4), with: memory, commits: true)
        } else {
          try bench.fill(memory)
        }
        return try bench.run(tokens, with: memory, commits: commits).logits
      }
      let (before, after) = (try run(bench.tokens), try run(other))
      #expect(before[..<(10 * width)] == after[..<(10 * width)])
      #expect(before[(10 * width)...] != after[(10 * width)...])
    }
  }

  // MARK: - Splits, files, sessions

  @Test(
    "Any split of a stream with commits gives the same state and the same logits", arguments: all)
  func splits(kind: NeuralWiringPlan.Kind, gating: NeuralWiringPlan.Gating) throws {
    let tokens = TinyLlama.tokens(60, seed: 3)
    func run(_ pieces: [Int]) throws -> (memory: NeuralMemory, logits: [Float]) {
      let memory = try bench.memory(kind, gating: gating)
      let session = TransformerSession(model: bench.model)
      let handles = [Seat(memory, in: session, isReadOnly: false)]
      defer { for handle in handles { handle.remove() } }
      var logits: [Float] = []
      var start = 0
      for size in pieces {
        logits += try session.forward(Array(tokens[start..<start + size]), logits: .all).values
        start += size
        // Segments end where the text says, not where the calls do.
        for end in [24, 40, 60] where session.committed < end && end <= start {
          try session.commit(
            through: end, provenance: Workbench.provenance(),
            learnable: [Bool](repeating: true, count: end - session.committed), endsSegment: true)
        }
      }
      return (memory, logits)
    }
    let whole = try run([24, 16, 20])
    for pieces in [[24] + [Int](repeating: 1, count: 36), [7, 17, 9, 7, 3, 17]] {
      let split = try run(pieces)
      #expect(difference(whole.logits, split.logits) < 1e-5)
      #expect(split.memory.entries == 60)
      for head in 0..<2 {
        for layer in 0..<2 {
          #expect(
            difference(
              whole.memory.trainer.learner.heads[head].weights.layers[layer],
              split.memory.trainer.learner.heads[head].weights.layers[layer]) < 1e-5)
        }
      }
      #expect(try run(pieces).logits == split.logits)
    }
  }

  @Test("A convolution's tail goes through a file: what follows is read and written the same")
  func tail() throws {
    let tokens = TinyLlama.tokens(40, seed: 3)
    let memory = try bench.memory(.gate)
    let session = TransformerSession(model: bench.model)
    var handles = [Seat(memory, in: session, isReadOnly: false)]
    func commit(_ session: TransformerSession) throws {
      try session.commit(
        through: session.tokens.count, provenance: Workbench.provenance(),
        learnable: [Bool](repeating: true, count: session.tokens.count - session.committed),
        endsSegment: true)
    }
    _ = try session.forward(Array(tokens[..<21]), logits: .none)
    try commit(session)
    #expect(memory.wired?.tail?.tokens == Array(tokens[18..<21]))
    // Another memory takes the file's place in the same session.
    let folder = try TemporaryFolder()
    var writer = SafetensorsWriter()
    memory.save(into: &writer)
    try writer.write(to: folder.path("state.safetensors"))
    let loaded = try bench.memory(.gate)
    try loaded.load(from: try SafetensorsFile.open(folder.path("state.safetensors")))
    #expect(loaded.wired?.tail == memory.wired?.tail)
    #expect(loaded.trainer.learner == memory.trainer.learner)
    #expect(loaded.trainer.open == memory.trainer.open)
    let first = try session.forward(Array(tokens[21...]), logits: .all).values
    try commit(session)
    session.truncate(to: 21)
    for handle in handles { handle.remove() }
    handles = [Seat(loaded, in: session, isReadOnly: false)]
    let second = try session.forward(Array(tokens[21...]), logits: .all).values
    #expect(first == second)
    try commit(session)
    for handle in handles { handle.remove() }
    #expect(loaded.trainer.open == memory.trainer.open)
    #expect(loaded.trainer.learner == memory.trainer.learner)
  }

  @Test("Two sessions read one memory and do not see each other")
  func sessions() throws {
    let memory = try bench.filled(.context)
    let alone = try bench.run(bench.tokens, with: memory).logits
    let (one, two) = (
      TransformerSession(model: bench.model), TransformerSession(model: bench.model)
    )
    let handles = [one, two].flatMap {
      [Seat(memory, in: $0, isReadOnly: true)]
    }
    defer { for handle in handles { handle.remove() } }
    var logits: [Float] = []
    for (index, token) in bench.tokens.enumerated() {
      logits += try one.forward([token], logits: .all).values
      _ = try two.forward([Int32(index + 5)], logits: .none)
    }
    #expect(difference(alone, logits) < 1e-5)
  }

  // MARK: - Adapters that do not fit

  @Test("Tensors of another shape, a layer that is not there: refused")
  func refused() throws {
    for name in ["wiring.key", "wiring.output", "wiring.gate.bias", "wiring.value"] {
      #expect(throws: MemoryError.self) { _ = try bench.memory(.gate) { $0[name] = nil } }
    }
    for name in bench.tensors.keys where name != "wiring.query" {
      #expect(throws: MemoryError.self, "\(name)") {
        _ = try bench.memory(.gate) {
          $0[name] = ParameterTensor(shape: [3, 3, 1], values: [Float](repeating: 0, count: 9))
        }
      }
    }
    #expect(throws: MemoryError.self) {
      _ = try bench.memory(.gate) { _ in
      } _: {
        $0.wiring?.layer = 3
      }
    }
    #expect(throws: MemoryError.self) {
      _ = try bench.memory(.gate) { _ in
      } _: {
        $0.heads = 3
      }
    }
    #expect(throws: MemoryError.self) {
      _ = try bench.memory(.gate) {
        $0["initial.0.0"] = ParameterTensor(shape: [2, 2], values: [0, 0, 0, 0])
      }
    }
  }

  @Test("M_0 from the adapter is what forgetting returns to")
  func initialWeights() throws {
    let values = (0..<20).map { Float($0) / 10 }
    let memory = try bench.memory(.gate) {
      $0["initial.1.0"] = ParameterTensor(shape: [4, 5], values: values)
    } _: {
      $0.chunkLength = 1
    }
    #expect(memory.trainer.learner.heads[1].initial.layers[0] == values)
    _ = try bench.run(bench.tokens, with: memory, commits: true)
    #expect(memory.entries == bench.tokens.count)
    #expect(memory.trainer.learner.heads[1].initial.layers[0] == values)
    #expect(memory.trainer.learner.heads[1].weights.layers[0] != values)
  }
}

/// A wired memory through the host, as a user's is.
@Suite("Neural memory: wired, in a memory file")
struct WiredFileTests {
  let bench: WiringBench

  init() throws { bench = try WiringBench() }

  private func adapter(_ kind: NeuralWiringPlan.Kind) throws -> Adapter {
    let wired = try bench.memory(kind)
    let point = HookPoint.block(0, .ln2)
    let width = bench.model.configuration.width
    var identity = [Float](repeating: 0, count: width * width)
    for index in 0..<width { identity[index * width + index] = 1 }
    let part = try #require(
      KeyTransform.Part(
        point: point, mean: [Float](repeating: 0, count: width), whitening: identity))
    let names = NeuralMemory.gateFeatureNames
    return Adapter(
      fingerprint: ModelFingerprint(of: bench.model), keys: KeyTransform(parts: [part]),
      modules: [
        .neural: try ModuleParameters(
          wired.configuration, gate: .closed(names), tensors: bench.tensors)
      ])
  }

  @Test(
    "It learns through commits, acts, is saved with its adapter and acts the same",
    arguments: NeuralWiringPlan.Kind.allCases)
  func file(kind: NeuralWiringPlan.Kind) throws {
    let memory = try DetachableMemory.create(
      kinds: [.neural], model: bench.model, adapter: adapter(kind), registry: .standard)
    let prompt = bench.tokens
    func logits(_ memory: DetachableMemory?) throws -> [Float] {
      let session = TransformerSession(model: bench.model)
      let attached = try memory?.attach(to: session, readOnly: true)
      defer { attached?.detach() }
      return try session.forward(prompt, logits: .all).values
    }
    let plain = try logits(nil)
    #expect(try logits(memory) == plain)
    let session = TransformerSession(model: bench.model)
    let attached = try memory.attach(to: session)
    let before = memory.snapshot()
    try Workbench.feed(TinyLlama.tokens(30, seed: 4), to: session)
    let learned = try logits(memory)
    #expect(learned != plain)
    let after = memory.snapshot()
    memory.restore(before)
    #expect(try logits(memory) == plain)
    memory.restore(after)
    attached.detach()
    #expect(try logits(memory) == learned)
    let folder = try TemporaryFolder()
    try memory.save(to: folder.path("wired.mneme"))
    let loaded = try DetachableMemory.load(
      folder.path("wired.mneme"), model: bench.model, registry: .standard)
    #expect(try logits(loaded) == learned)
    // The first token stands after nothing, so nobody learns it.
    #expect(loaded.modules[0].entries == 29)
    #expect(memory.hasUnsavedChanges == false)
  }
}

import Memory
import MemoryModules
import Tensors
import TestSupport
import Testing
import Transformer

/// Facts that join the attention of an answer: their own rows, or the row an adapter makes of the latent.
@Suite("Facts as rows of attention")
struct ContextReadoutTests {
  private func bench(_ readout: EpisodicReadout) throws -> FactBench {
    let bench = try FactBench { $0.readout = readout }
    try bench.tell("the capital of Zumbaru is Trillo.")
    try bench.tell("my Elephant is Bozkif.")
    return bench
  }

  @Test(
    "In scope the answer sees the rows, out of scope nothing does",
    arguments: [EpisodicReadout.context, .both])
  func scope(readout: EpisodicReadout) throws {
    let bench = try bench(readout)
    let asked = "the capital of Zumbaru is"
    #expect(try bench.logits(asked) != bench.logits(asked, attached: false))
    let other = "how much wood could be chopped by"
    #expect(try bench.logits(other) == bench.logits(other, attached: false))
    let said = bench.encode(answer: asked)
    #expect(try bench.logits(other, said: said) == bench.logits(other, said: said, attached: false))
  }

  @Test("The prompt does not see the rows, and no split of prompt and answer makes a difference")
  func anySplit() throws {
    let bench = try bench(.context)
    let prompt = [1] + bench.encode("the capital of Zumbaru is")
    let tokens = prompt + bench.encode(answer: "Trillo.")
    func run(_ pieces: [Int], attached: Bool = true) throws -> [[Float]] {
      let session = bench.bench.session()
      let attachment = attached ? try bench.memory.attach(to: session, readOnly: true) : nil
      defer { attachment?.detach() }
      session.beginResponse(at: prompt.count)
      var rows: [[Float]] = []
      for size in pieces {
        let part = try session.forward(
          Array(tokens[rows.count..<rows.count + size]), logits: .all)
        rows += (0..<size).map { part[$0] }
      }
      return rows
    }
    let answers = tokens.count - prompt.count
    // The prompt in one piece with its last token: until it is complete nobody knows what it asks.
    let whole = try run([prompt.count] + [Int](repeating: 1, count: answers))
    let plain = try run([tokens.count], attached: false)
    for row in 0..<prompt.count - 1 { #expect(whole[row] == plain[row]) }
    for row in prompt.count - 1..<tokens.count { #expect(whole[row] != plain[row]) }
    for pieces in [
      [prompt.count, answers], [7, prompt.count - 7, answers], [tokens.count],
      [Int](repeating: 1, count: tokens.count),
    ] {
      let rows = try run(pieces)
      for row in rows.indices {
        #expect(difference(rows[row], whole[row]) < 1e-5, "\(pieces) \(row)")
      }
    }
  }

  @Test("What was told since, or forgotten, counts at the next answer")
  func followsTheLedger() throws {
    let bench = try bench(.context)
    let asked = "the capital of Zumbaru is"
    let session = bench.bench.session()
    let attached = try bench.memory.attach(to: session, readOnly: true)
    defer { attached.detach() }
    func ask() throws -> [Float] {
      session.reset()
      let tokens = [1] + bench.encode(asked)
      session.beginResponse(at: tokens.count)
      return try session.forward(tokens, logits: .last).last
    }
    let before = try ask()
    let snapshot = bench.memory.snapshot()
    _ = bench.memory.forget(facts: [0])
    #expect(try ask() == bench.logits(asked, attached: false))
    bench.memory.restore(snapshot)
    #expect(try ask() == before)
  }

  @Test(
    "An adapter's projection makes one row a block of the latent (Larimar's decoder conditioning)")
  func latent() throws {
    let plain = try FactBench()
    let shape = plain.bench.model.configuration
    let columns = shape.keyValueHeadCount * shape.headDimension
    var generator = TinyLlama.Generator(seed: 5)
    let width = 64
    let values = generator.normal(shape.layerCount * width * columns, deviation: 0.3)
    let tensor = try #require(
      ParameterTensor(shape: [shape.layerCount, width, columns], values: values))
    let open = plain.bench.adapter(.closed)
    var configuration = EpisodicConfiguration()
    configuration.latentWidth = width
    var modules = open.modules
    modules[.episodic] = try ModuleParameters(
      configuration, gate: .closed(ReadoutGate.commonFeatureNames + EpisodicMemory.featureNames),
      tensors: ["latent": tensor])
    let adapter = Adapter(fingerprint: open.fingerprint, keys: open.keys, modules: modules)
    let folder = try TemporaryFolder()
    try adapter.save(to: folder.path("latent.safetensors"))
    #expect(try Adapter.load(folder.path("latent.safetensors")) == adapter)
    let bench = try FactBench(adapter: adapter)
    try bench.tell("the capital of Zumbaru is Trillo.")
    let asked = "the capital of Zumbaru is"
    let other = "how much wood could be chopped by"
    #expect(try bench.logits(other) == bench.logits(other, attached: false))
    // The same by hand: the fact's latent times each block's slice, seen by the answer alone.
    let z = try #require(try bench.episodic.latent(of: [1] + bench.encode(asked)))
    let session = bench.bench.session()
    let tokens = [1] + bench.encode(asked)
    let handles = (0..<shape.layerCount).map { layer in
      session.hooks.extendAttention(layer: layer) { _ in
        let slice = Array(values[layer * width * columns..<(layer + 1) * width * columns])
        let row = LinearAlgebra.product(z, slice, m: 1, n: columns, k: width)
        var rows = ExtraKeyValues(count: 1, keys: row, values: row)
        rows?.visibleFrom = tokens.count - 1
        return rows
      }
    }
    let expected = try session.forward(tokens, logits: .last).last
    for handle in handles { handle.remove() }
    #expect(try bench.logits(asked) == expected)
    #expect(expected != (try bench.logits(asked, attached: false)))

    modules[.episodic]?.tensors["latent"] = ParameterTensor(shape: [1, 1], values: [0])
    #expect(throws: MemoryError.self) {
      _ = try FactBench(
        adapter: Adapter(fingerprint: open.fingerprint, keys: open.keys, modules: modules))
    }
  }
}

import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

@Suite("Compressive memory")
struct CompressiveMemoryTests {
  let bench: Workbench

  init() throws { bench = try Workbench.shared.get() }

  /// A memory of eight rows and three slots of four.
  func memory(
    gate: Workbench.Gate = .open, tensors: [String: ParameterTensor] = [:],
    _ settings: [String] = []
  ) throws -> DetachableMemory {
    let adapter = bench.adapter(gate)
    var modules = adapter.modules
    modules[.compressive]?.tensors = tensors
    let small = ["compressive.recent=8", "compressive.slots=3"] + settings
    return try DetachableMemory.create(
      kinds: [.compressive], model: bench.model,
      adapter: Adapter(
        fingerprint: adapter.fingerprint, keys: adapter.keys, modules: modules
      ).applying(
        small.compactMap { ModuleSetting(parsing: $0) }, model: bench.model, registry: .standard),
      registry: .standard,
      name: "bench")
  }

  func module(_ memory: DetachableMemory) throws -> CompressiveMemory {
    try #require(memory.modules.first as? CompressiveMemory)
  }

  func learn(
    _ tokens: [Int32], _ memory: DetachableMemory, conversation: String = "a",
    role: Role = .user
  ) throws {
    let session = bench.session()
    let attached = try memory.attach(to: session)
    defer { attached.detach() }
    _ = try session.forward(tokens, logits: .none)
    try session.commit(
      through: tokens.count,
      provenance: Provenance(
        conversation: conversation, turn: 0, role: role, source: "test", time: 1_000),
      learnable: tokens.map { _ in true }, endsSegment: true)
  }

  /// Keys or values of a text in the plain model, per block [tokens, columns].
  func plain(_ tokens: [Int32], _ site: HookPoint.Site) throws -> [[Float]] {
    let layers = bench.model.configuration.layerCount
    return try Workbench.activations(
      bench.model, (0..<layers).map { .block($0, site) }, tokens: tokens)
  }

  private let answer = RowView(isAnswer: true)

  private var columns: Int {
    bench.model.configuration.keyValueHeadCount * bench.model.configuration.headDimension
  }

  @Test("The newest rows are kept as they are, older ones are averaged in fours, the oldest go")
  func rows() throws {
    let memory = try memory()
    let tokens = TinyLlama.tokens(31, seed: 3)
    try learn(tokens, memory)
    // 30 rows: the last 10 are recent (8 and what makes no group of four), the 20 before make five slots, of which three stay.
    let (keys, values) = (try plain(tokens, .k), try plain(tokens, .v))
    for layer in keys.indices {
      let rows = try #require(try module(memory).rows(layer: layer, for: answer))
      #expect(rows.count == 13)
      #expect(rows.visibleFrom == 1)
      #expect(rows.positions == [-19, -15, -11] + (-9...0))
      let four = Foundation.log(Float(4))
      #expect(rows.logBias.prefix(3).allSatisfy { abs($0 - four) < 1e-6 })
      #expect(rows.logBias.dropFirst(3).allSatisfy { $0 == 0 })
      for (made, source) in [(rows.keys, keys[layer]), (rows.values, values[layer])] {
        // The text's first token has nothing before it and is not learned; rows 8 ..< 20 of the 30 are in slots.
        for slot in 0..<3 {
          for column in 0..<columns {
            let four = (0..<4).map { source[(1 + 8 + 4 * slot + $0) * columns + column] }
            let mean = four.reduce(0, +) / 4
            #expect(abs(made[slot * columns + column] - mean) < 1e-5)
          }
        }
        let recent = Array(made[(3 * columns)...])
        #expect(difference(Array(source[(21 * columns)...]), recent) < 1e-5)
      }
    }
  }

  @Test("What it shows is what attention over the same rows by hand gives")
  func attention() throws {
    let memory = try memory()
    try learn(TinyLlama.tokens(40, seed: 3), memory)
    let module = try module(memory)
    let prompt = TinyLlama.tokens(12, seed: 4)
    let session = bench.session()
    let handles = (0..<bench.model.configuration.layerCount).map { layer in
      session.hooks.extendAttention(layer: layer) { _ in module.rows(layer: layer, for: answer) }
    }
    let byHand = try session.forward(prompt, logits: .all).values
    for handle in handles { handle.remove() }
    #expect(try bench.logits(prompt, with: memory, asAnswer: true) == byHand)
    let plain = try bench.logits(prompt)
    #expect(byHand != plain)
    // The first token hears nothing of it.
    let vocabulary = TinyLlama.vocabularySize
    #expect(byHand.prefix(vocabulary) == plain.prefix(vocabulary))
  }

  @Test("An answer hears everything, a text that is read only what was read")
  func spoken() throws {
    let memory = try memory()
    let text = TinyLlama.tokens(24, seed: 4)
    let plain = try bench.logits(text)
    try learn(TinyLlama.tokens(20, seed: 3), memory)
    // What was said leaves a text alone, to the bit.
    #expect(try bench.logits(text, with: memory) == plain)
    #expect(try bench.logits(text, with: memory, asAnswer: true) != plain)
    try learn(TinyLlama.tokens(6, seed: 5), memory, conversation: "b", role: .document)
    #expect(try bench.logits(text, with: memory) != plain)
    let module = try module(memory)
    // 24 rows: 4 slots less one, 8 recent of which the last 5 were read.
    let read = try #require(module.rows(layer: 0, for: RowView(isAnswer: false)))
    let all = try #require(module.rows(layer: 0, for: answer))
    #expect(read.count == 5 && read.positions == [-4, -3, -2, -1, 0])
    #expect(all.count == 11)
    #expect(read.keys == Array(all.keys.suffix(5 * columns)))
    // Kept in the file.
    let folder = try TemporaryFolder()
    try memory.save(to: folder.path("m.mneme"))
    let loaded = try DetachableMemory.load(
      folder.path("m.mneme"), model: bench.model, registry: .standard)
    #expect(try bench.logits(text, with: loaded) == bench.logits(text, with: memory))
  }

  @Test("The gate's log-odds weigh its rows; far rows stand at the reach")
  func gate() throws {
    let memory = try memory(["compressive.reach=6"])
    try learn(TinyLlama.tokens(31, seed: 3), memory)
    let rows = try #require(try module(memory).rows(layer: 0, for: answer))
    #expect(rows.positions?.prefix(8).allSatisfy { $0 == -5 } == true)
    #expect(rows.positions?.suffix(6) == [-5, -4, -3, -2, -1, 0])
    let quiet = bench.adapter(.open)
    var modules = quiet.modules
    modules[.compressive]?.gate.bias = -1.5
    let other = try DetachableMemory.create(
      kinds: [.compressive], model: bench.model,
      adapter: Adapter(fingerprint: quiet.fingerprint, keys: quiet.keys, modules: modules),
      registry: .standard, name: "bench")
    try learn(TinyLlama.tokens(31, seed: 3), other)
    let bias = try #require(try module(other).rows(layer: 0, for: answer)).logBias
    #expect(bias.allSatisfy { $0 == -1.5 })
  }

  @Test("However long it learns, it stays as large as it was")
  func size() throws {
    let memory = try memory()
    func learn(_ turn: Int) throws {
      try self.learn(
        TinyLlama.tokens(40, seed: UInt64(turn)), memory, conversation: "\(turn)")
    }
    for turn in 0..<4 { try learn(turn) }
    let size = try module(memory).stateBytes
    // 8 and up to 3 recent rows, 3 slots; besides, what is noted of their tokens.
    let row = 4 * 2 * columns * bench.model.configuration.layerCount
    let limit = 14 * row + 23 * 32
    #expect(size <= limit)
    for turn in 4..<12 {
      try learn(turn)
      #expect(try module(memory).stateBytes <= limit)
    }
    #expect(try module(memory).entries == 12 * 39)
  }

  @Test("What it writes is the plain model's, whatever was heard meanwhile")
  func neverFeedsOnItself() throws {
    func state(_ gate: Workbench.Gate) throws -> Data {
      let memory = try memory(gate: gate)
      for turn in 0..<3 { try learn(TinyLlama.tokens(20, seed: UInt64(turn)), memory) }
      return try Workbench.state(of: memory)
    }
    #expect(try state(.open) == state(.closed))
  }

  @Test("Tokens are forgotten while they stand alone; what was compressed cannot be taken apart")
  func forgetting() throws {
    let memory = try memory()
    try learn(TinyLlama.tokens(5, seed: 1), memory, conversation: "x")
    let module = try module(memory)
    #expect(module.forget([0, 1]) == .exact(entries: 2))
    #expect(module.entries == 2)
    #expect(module.rows(layer: 0, for: answer)?.count == 2)
    #expect(module.forget([77]) == .nothingToForget)
    try learn(TinyLlama.tokens(30, seed: 2), memory, conversation: "y")
    #expect(module.forget([30]) == .unsupported)
    #expect(module.forget([900]) == .nothingToForget)
  }

  @Test("The journal's places follow when it is compacted")
  func remapped() throws {
    let memory = try memory()
    try learn(TinyLlama.tokens(7, seed: 1), memory)
    let module = try module(memory)
    module.remapJournal { $0 >= 2 ? $0 - 2 : nil }
    #expect(module.forget([0]) == .exact(entries: 1))
    #expect(module.forget([4]) == .nothingToForget)
  }

  @Test("A convolution without kernels is refused with what would help")
  func needsKernels() throws {
    #expect(throws: MemoryError.self) { try memory(["compressive.function=convolution"]) }
    #expect(throws: MemoryError.self) { try memory(["compressive.rate=1"]) }
    #expect(throws: MemoryError.self) { try memory(["compressive.function=fold"]) }
  }

  @Test("With the mean's kernels a convolution is the mean")
  func convolution() throws {
    let shape = bench.model.configuration
    let count = shape.layerCount * shape.keyValueHeadCount
    let mean = RowCompressor.Kernel.mean(rate: 4, dimension: shape.headDimension)
    let kernels = [RowCompressor.Kernel](repeating: mean, count: count)
    let tensors = RowCompressor.tensors(
      keys: kernels, values: kernels, layers: shape.layerCount, rate: 4)
    let convolved = try memory(tensors: tensors, ["compressive.function=convolution"])
    let averaged = try memory()
    let text = TinyLlama.tokens(40, seed: 3)
    try learn(text, convolved)
    try learn(text, averaged)
    for layer in 0..<shape.layerCount {
      let (a, b) = (
        try module(convolved).rows(layer: layer, for: answer),
        try module(averaged).rows(layer: layer, for: answer)
      )
      #expect(difference(try #require(a).keys, try #require(b).keys) < 1e-6)
      #expect(difference(try #require(a).values, try #require(b).values) < 1e-6)
    }
  }

  @Test("Calibrated on texts that repeat themselves, it opens and helps")
  func calibrated() throws {
    let model = bench.model
    func segment(_ tokens: [Int32]) throws -> CalibrationData.Segment {
      let hidden = try Workbench.activations(model, [.lnFinal], tokens: tokens)[0]
      let count = tokens.count - 1
      return CalibrationData.Segment(
        keys: [Float](repeating: 0, count: count * bench.keys.columns),
        hidden: Array(hidden.prefix(count * model.configuration.width)),
        targets: Array(tokens.dropFirst()), isLearned: tokens.dropFirst().map { _ in true },
        weights: tokens.dropFirst().map { _ in 1 }, tokens: tokens)
    }
    let data = try CalibrationData(
      episodes: (0..<3).map { life in
        try (0..<4).map { part in
          try segment(TinyLlama.tokens(33, seed: UInt64(life * 10 + part % 2)))
        }
      }, model: model)
    let context = ModuleContext(model: model, keyColumns: bench.keys.columns)
    var shares: [Double] = []
    let parameters = try CompressiveMemory.calibrate(data, context: context) { shares.append($0) }
    #expect(shares == shares.sorted() && shares.last == 1)
    let configuration = try parameters.decode(CompressiveConfiguration.self)
    #expect(configuration.isSound)
    _ = try CompressiveMemory(context: context, parameters: parameters)
    // The kernels lie in the adapter whatever was chosen, so that either can be asked for.
    #expect(parameters.tensors.count == 4)
  }

  @Test("A file with more rows than the configuration allows is refused")
  func hostileCounts() throws {
    let folder = try TemporaryFolder()
    let memory = try memory(["compressive.recent=12"])
    try learn(TinyLlama.tokens(15, seed: 1), memory)
    try memory.save(to: folder.path("m.mneme"))
    let smaller = try self.memory()
    let file = try SafetensorsFile.open(folder.path("m.mneme"))
    #expect(throws: MemoryError.self) { try module(smaller).load(from: file) }
    #expect(try module(smaller).isEmpty)
  }
}

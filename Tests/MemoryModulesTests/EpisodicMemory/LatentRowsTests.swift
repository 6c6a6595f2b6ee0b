import Foundation
import Memory
import MemoryModules
import ModelFiles
import Tensors
import TestSupport
import Testing
import Transformer

/// Facts as latents of constant size, and the rows an adapter makes of them (Larimar's decoder conditioning).
@Suite("Facts as latents")
struct LatentRowsTests {
  private static let asked = "the capital of Zumbaru is"
  private static let other = "how much wood could be chopped by"

  /// A codec that keeps everything: codes are features, 256 times as large, so that no token of a tiny model is taken for
  /// an empty slot.
  private static func faithful(_ model: TransformerModel) -> [String: ParameterTensor] {
    let shape = model.configuration
    let count = shape.layerCount * 2 * shape.keyValueHeadCount * shape.headDimension
    func diagonal(_ value: Float) -> [Float] {
      var matrix = [Float](repeating: 0, count: count * count)
      for index in 0..<count { matrix[index * count + index] = value }
      return matrix
    }
    return [
      "rows.encoder": ParameterTensor(shape: [count, count], values: diagonal(256)),
      "rows.decoder": ParameterTensor(shape: [count, count], values: diagonal(1 / 256)),
      "rows.mean": ParameterTensor(shape: [count], values: [Float](repeating: 0, count: count)),
    ].compactMapValues { $0 }
  }

  /// A memory that answers from latents; its adapter, with open gates, has a codec.
  private func bench(
    slots: Int = 64, tensors: ([String: ParameterTensor]) -> [String: ParameterTensor] = { $0 },
    change: (inout EpisodicConfiguration) -> Void = { _ in }
  ) throws -> FactBench {
    let plain = try FactBench()
    let open = plain.bench.adapter(.open)
    var configuration = EpisodicConfiguration()
    configuration.sameSubject = 0.95
    configuration.readout = .latents
    configuration.rowSlots = slots
    change(&configuration)
    var modules = open.modules
    modules[.episodic] = try ModuleParameters(
      configuration, gate: try #require(open.modules[.episodic]).gate,
      tensors: tensors(Self.faithful(plain.bench.model)))
    return try FactBench(
      adapter: Adapter(fingerprint: open.fingerprint, keys: open.keys, modules: modules))
  }

  private func told(_ bench: FactBench) throws -> FactBench {
    try bench.tell("the capital of Zumbaru is Trillo.")
    try bench.tell("my Elephant is Bozkif.")
    return bench
  }

  @Test("A codec that loses nothing gives the answer the fact's own rows give")
  func faithful() throws {
    let bench = try told(bench())
    let own = try told(FactBench { $0.readout = .context })
    let expected = try own.logits(Self.asked)
    #expect(difference(try bench.logits(Self.asked), expected) < 1e-4)
    #expect(difference(try bench.logits(Self.asked, attached: false), expected) > 1e-3)
    #expect(try bench.logits(Self.other) == bench.logits(Self.other, attached: false))
  }

  @Test("Two facts in scope stand one behind the other, the best closest")
  func several() throws {
    let bench = try bench()
    try bench.read("the capital of Zumbaru is Trillo. the capital of Zumbaru is a Town.")
    let question = bench.encode(Self.asked)[...]
    let latents = try bench.episodic.latents(of: question)
    let facts = try bench.episodic.factsInScope(of: question)
    #expect(latents == facts.map(\.latent))
    let columns = try bench.episodic.codec?.latentColumns
    #expect(latents.allSatisfy { $0.count == columns })
    #expect(try bench.logits(Self.asked) != bench.logits(Self.asked, attached: false))
  }

  @Test("What does not fit into a latent is cut in front")
  func cut() throws {
    let bench = try told(bench(slots: 5))
    let codec = try #require(try bench.episodic.codec)
    let record = try #require(try bench.episodic.state.ledger.records.first)
    let rows = codec.decode(record.latent)
    #expect(rows.positions == [-5, -4, -3, -2, -1])
    let own = try #require(FactRows(record.tokens, context: bench.episodic.context))
    #expect(own.count > 5)
    for layer in own.keys.indices {
      let width = own.keys[layer].count / own.count
      #expect(difference(rows.keys[layer], Array(own.keys[layer].suffix(5 * width))) < 1e-5)
      #expect(difference(rows.values[layer], Array(own.values[layer].suffix(5 * width))) < 1e-5)
    }
  }

  @Test("Slots of a short fact that hold nothing make no rows")
  func empty() throws {
    let bench = try told(bench())
    let codec = try #require(try bench.episodic.codec)
    #expect(codec.decode([Float](repeating: 0, count: codec.latentColumns)).count == 0)
    #expect(codec.decode([Float](repeating: .nan, count: codec.latentColumns)).count == 0)
    for record in try bench.episodic.state.ledger.records {
      #expect(codec.decode(record.latent).count == record.count)
    }
  }

  @Test(
    "Read from the least-squares memory: the answer of its own latent, and none once forgotten",
    arguments: [Addressing.reference, .gaussian])
  func matrix(addressing: Addressing) throws {
    let slots = try told(bench())
    let bench = try told(
      bench(change: {
        $0.addressing = addressing
        $0.slotCount = 32
        $0.ridge = 1e-6
      }))
    let (expected, plain) = (
      try slots.logits(Self.asked), try slots.logits(Self.asked, attached: false)
    )
    #expect(difference(try bench.logits(Self.asked), expected) < 0.1 * difference(plain, expected))
    _ = try bench.memory.forget(.facts([0]))
    #expect(try bench.logits(Self.asked) == plain)
    let elephant = "my Elephant is"
    let own = try slots.logits(elephant)
    let apart = difference(try slots.logits(elephant, attached: false), own)
    #expect(difference(try bench.logits(elephant), own) < 0.1 * apart)
  }

  @Test("A matrix holds what was said last, and what was said before once that is forgotten")
  func rewritten() throws {
    let bench = try bench(change: {
      $0.addressing = .reference
      $0.slotCount = 32
      $0.ridge = 1e-6
    })
    let question = bench.encode(Self.asked)[...]
    func read() throws -> [Float] {
      try #require(try bench.episodic.latents(of: question).first)
    }
    try bench.read("the capital of Zumbaru is Trillo.")
    let before = try read()
    let size = difference(before, [Float](repeating: 0, count: before.count))
    try bench.read("my Elephant is Bozkif.")
    try bench.read("the capital of Zumbaru is Marwen.")
    let latents = try bench.episodic.state.ledger.records.map(\.latent)
    #expect(difference(try read(), latents[2]) < 0.02 * size)
    #expect(difference(latents[0], latents[2]) > 0.2 * size)
    _ = try bench.memory.forget(.facts([2]))
    #expect(difference(try read(), before) < 0.02 * size)
  }

  @Test("A file keeps latents; a memory that never had any gets them")
  func files() throws {
    let bench = try told(bench(change: { $0.addressing = .reference }))
    let folder = try TemporaryFolder()
    let expected = try bench.logits(Self.asked)
    func reloaded(_ change: (SafetensorsFile, inout SafetensorsWriter) throws -> Void) throws
      -> EpisodicMemory
    {
      var writer = SafetensorsWriter()
      let module = try bench.episodic
      module.save(into: &writer)
      try writer.write(to: folder.path("whole"))
      var changed = SafetensorsWriter()
      try change(SafetensorsFile.open(folder.path("whole")), &changed)
      try changed.write(to: folder.path("changed"))
      try module.load(from: SafetensorsFile.open(folder.path("changed")))
      return module
    }
    let latents = try bench.episodic.state.ledger.records.map(\.latent)
    let kept = try reloaded { file, writer in Self.copy(file, into: &writer) { _ in true } }
    #expect(kept.state.ledger.records.map(\.latent) == latents)
    #expect(try bench.logits(Self.asked) == expected)
    let made = try reloaded { file, writer in
      Self.copy(file, into: &writer) { $0 != "episodic.latents" }
    }
    #expect(made.state.ledger.records.map(\.latent) == latents)
    #expect(try bench.logits(Self.asked) == expected)
  }

  private static func copy(
    _ file: SafetensorsFile, into writer: inout SafetensorsWriter, _ include: (String) -> Bool
  ) {
    for tensor in file.tensors where include(tensor.name) {
      writer.add(tensor.name, type: tensor.type, shape: tensor.shape, bytes: Data(tensor.bytes))
    }
  }

  @Test("An adapter whose codec does not fit, or that has none, is refused")
  func refused() throws {
    #expect(throws: MemoryError.self) { _ = try bench(tensors: { _ in [:] }) }
    for name in ["rows.encoder", "rows.decoder", "rows.mean"] {
      #expect(throws: MemoryError.self, "\(name)") {
        _ = try bench(tensors: { tensors in
          var tensors = tensors
          tensors[name] = ParameterTensor(shape: [1, 1], values: [0])
          return tensors
        })
      }
    }
    #expect(throws: MemoryError.self) { _ = try bench(slots: 0) }
  }
}

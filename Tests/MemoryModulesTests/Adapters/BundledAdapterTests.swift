import Foundation
import Memory
import MemoryModules
import ModelFiles
import Tensors
import TestSupport
import Testing
import Tokenization
import Transformer

/// The model and the adapters in `Models/`, against PyTorch (`Tools/golden/adapter.py`, `Tools/golden/fact_rows.py`).
@Suite("The bundled adapters")
struct BundledAdapterTests {
  private let models = Repository.path("Models")

  @Test("Fast weights need nothing that an adapter was trained for, and are made beside it")
  func fastWeights() throws {
    let folder = try TemporaryFolder()
    let model = try exact(in: folder)
    let slow = try Adapter.load(models + "/mneme-chat.adapter.safetensors")
    let context = ModuleContext(model: model, keyColumns: slow.keys.columns)
    let trained = try #require(slow.modules[.neural])
    #expect(try NeuralMemory(context: context, parameters: trained).fast == nil)
    var configuration = try trained.configuration(NeuralConfiguration.self, context: context)
    configuration.form = .weights
    let parameters = try ModuleParameters(
      configuration, gate: trained.gate, tensors: trained.tensors)
    let module = try NeuralMemory(context: context, parameters: parameters)
    #expect(module.fast != nil)
    #expect(module.wired == nil)
    #expect(module.text == nil)
  }

  @Test(
    "A neural memory told in two sessions, asked in a third: the logits PyTorch computes",
    arguments: [("adapter-mag", "mneme-chat.adapter"), ("adapter-mac", "mneme-chat.mac.adapter")])
  func neural(fixture: String, adapter: String) throws {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/\(fixture)", withExtension: "safetensors"))
    let golden = try SafetensorsFile.open(url.path)
    let folder = try TemporaryFolder()
    let model = try exact(in: folder)
    let slow = try Adapter.load(models + "/\(adapter).safetensors")
    let parameters = try #require(slow.modules[.neural])
    let module = try NeuralMemory(
      context: ModuleContext(model: model, keyColumns: slow.keys.columns), parameters: parameters)
    let wired = try #require(module.wired)

    let telling = TransformerSession(model: model)
    let writing = [Seat(module, in: telling, isReadOnly: false)]
    for index in 0..<2 {
      let tokens = try golden.require("session.\(index).tokens").int64s().map { Int32($0) }
      let learned = try golden.require("session.\(index).learned").int64s().map { $0 == 1 }
      telling.reset()
      _ = try telling.forward(tokens, logits: .none)
      try telling.commit(
        through: tokens.count, provenance: Workbench.provenance(), learnable: learned,
        endsSegment: true)
    }
    for handle in writing { handle.remove() }
    #expect(wired.trainer.written == (try golden.require("theta").floats().count))

    let question = try golden.require("question.tokens").int64s().map { Int32($0) }
    let start = Int(try golden.require("question.start").int64s()[0])
    func ask(_ memory: NeuralMemory?) throws -> [Float] {
      let session = TransformerSession(model: model)
      let handles = memory.map { [Seat($0, in: session, isReadOnly: true)] } ?? []
      defer { for handle in handles { handle.remove() } }
      session.read(as: .answer(from: start + 1, question: 0..<start + 1))
      let logits = try session.forward(question, logits: .all)
      return Array(logits.values[(start * logits.vocabularySize)...])
    }
    let (heard, plain) = (try ask(module), try ask(nil))
    let apart = difference(try golden.require("plain").floats(), plain)
    #expect(apart < 1e-4)
    let apartHeard = difference(try golden.require("heard").floats(), heard)
    #expect(apartHeard < 1e-4)
    #expect(difference(plain, heard) > 1e-2)
  }

  @Test(
    "An episodic memory's latent of a fact, and the answer from its rows: what PyTorch computes")
  func episodic() throws {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/adapter-rows", withExtension: "safetensors"))
    let golden = try SafetensorsFile.open(url.path)
    let folder = try TemporaryFolder()
    let model = try exact(in: folder)
    let tokenizer = try loadTokenizer(from: model.file)
    let slow = try Adapter.load(models + "/mneme-chat.adapter.safetensors")
    let module = try EpisodicMemory(
      context: ModuleContext(model: model, keyColumns: slow.keys.columns, tokenizer: tokenizer),
      parameters: try #require(slow.modules[.episodic]))
    let codec = try #require(module.codec)
    let fact = try golden.require("fact.tokens").int64s().map { Int32($0) }
    let latent = codec.encode(try #require(FactRows(fact, context: module.context)))
    let apart = difference(try golden.require("latent").floats(), latent)
    #expect(apart < 1e-4)

    let question = try golden.require("question.tokens").int64s().map { Int32($0) }
    let start = Int(try golden.require("question.start").int64s()[0])
    let layers = model.configuration.layerCount
    func ask(_ facts: [FactRows]) throws -> [Float] {
      let session = TransformerSession(model: model)
      let rows = FactRows.joined(facts, layers: layers, visibleFrom: start)
      for layer in rows.indices {
        _ = session.hooks.extendAttention(layer: layer) { _ in rows[layer] }
      }
      let logits = try session.forward(question, logits: .all)
      return Array(logits.values[(start * logits.vocabularySize)...])
    }
    let (heard, plain) = (try ask([codec.decode(latent)]), try ask([]))
    #expect(difference(try golden.require("plain").floats(), plain) < 1e-4)
    #expect(difference(try golden.require("heard").floats(), heard) < 1e-4)
    #expect(difference(plain, heard) > 1e-2)
  }

  /// The model in F32: F16 matrices round what is multiplied with them, which PyTorch does not.
  private func exact(in folder: TemporaryFolder) throws -> TransformerModel {
    let file = try ModelFile.open(Repository.bundledModel)
    var writer = GGUFWriter()
    writer.metadata = file.metadata
    for tensor in file.tensors {
      guard tensor.type == .f16 else {
        writer.add(
          tensor.name, shape: tensor.shape, type: tensor.type, bytes: Data(tensor.bytes))
        continue
      }
      let values = UnsafeRawBufferPointer(tensor.bytes).assumingMemoryBound(to: Float16.self)
      let floats = [Float](unsafeUninitializedCapacity: values.count) { buffer, filled in
        for index in 0..<values.count { buffer[index] = Float(values[index]) }
        filled = values.count
      }
      writer.add(
        tensor.name, shape: tensor.shape, type: .f32,
        bytes: floats.withUnsafeBytes { Data($0) })
    }
    try writer.write(to: folder.path("exact.gguf"))
    return try TransformerModel(file: ModelFile.open(folder.path("exact.gguf")))
  }
}

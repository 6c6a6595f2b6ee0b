import Foundation
import Memory
import MemoryModules
import Mneme
import ModelFiles
import Tensors
import TestSupport
import Testing
import Transformer

/// Adapters made for one variant of a model and used by another.
@Suite("Adapters and kin")
struct KinAdapterTests {
  private let bench: VariantBench
  private let chat: TinyChat

  init() throws {
    bench = try VariantBench()
    chat = try TinyChat(seed: 3)
  }

  private func identified() throws -> Adapter {
    var adapter = try Adapter.load(Adapter.path(beside: chat.tiny.path))
    adapter.identity = ModelIdentity(of: chat.model.transformer)
    return adapter
  }

  @Test("A variant's memory takes keys, gates and weights over, under its own name")
  func adopts() throws {
    let adapter = try identified()
    let kin = try bench.open(bench.variant(of: chat.tiny.path, .q8_0))
    let memory = try DetachableMemory.create(
      kinds: [.episodic, .neighbor], model: kin, adapter: adapter, registry: .standard)
    #expect(memory.remark?.contains("'llama F32'") == true)
    #expect(memory.kinship == .same && memory.fingerprint == ModelFingerprint(of: kin))
    #expect(memory.adapter.fingerprint == memory.fingerprint)
    #expect(memory.adapter.keys == adapter.keys && memory.adapter.modules == adapter.modules)
    let path = chat.freshPath()
    try memory.save(to: path)
    let again = try DetachableMemory.load(path, model: kin, registry: .standard)
    _ = try again.attach(to: TransformerSession(model: kin))
    let own = try DetachableMemory.create(
      kinds: [.neighbor], model: chat.model.transformer, adapter: adapter, registry: .standard)
    #expect(own.remark == nil && own.adapter == adapter)
  }

  @Test("A stranger's adapter is refused; one that does not say whose it is, too")
  func refuses() throws {
    let other = try TinyLlama(seed: 8)
    let error = #expect(throws: MemoryError.self) {
      _ = try DetachableMemory.create(
        kinds: [.neighbor], model: other.model, adapter: try identified(), registry: .standard)
    }
    guard case .wrongModel(_, _, _, .weights, _)? = error else {
      Issue.record("another error")
      return
    }
    let silent = try Adapter.load(Adapter.path(beside: chat.tiny.path))
    #expect(silent.identity == nil)
    let kin = try bench.open(bench.variant(of: chat.tiny.path, .q8_0))
    #expect(throws: MemoryError.self) {
      _ = try DetachableMemory.create(
        kinds: [.neighbor], model: kin, adapter: silent, registry: .standard)
    }
    withExtendedLifetime(other) {}
  }

  @Test("A file keeps whose adapter it is; a bad description is refused")
  func file() throws {
    let adapter = try identified()
    let path = bench.folder.path("a.adapter.safetensors")
    try adapter.save(to: path)
    #expect(try Adapter.load(path) == adapter)
    let file = try SafetensorsFile.open(path)
    for value in ["{}", "x", "{\"sketch\":1}"] {
      var writer = SafetensorsWriter(metadata: file.metadata)
      for tensor in file.tensors {
        writer.add(
          tensor.name, type: tensor.type, shape: tensor.shape, bytes: Data(tensor.bytes))
      }
      writer.metadata["mneme.model"] = value
      let bad = bench.folder.path("bad.adapter.safetensors")
      try writer.write(to: bad)
      #expect(throws: MemoryError.self) { _ = try Adapter.load(bad) }
    }
  }

  @Test("Beside a variant the adapter of the model it was made of is found")
  func finds() throws {
    let base = bench.folder.path("chat.gguf")
    try FileManager.default.copyItem(atPath: chat.tiny.path, toPath: base)
    let variants = ["chat-Q8_0", "chat.q8_0", "chat-iq3_s", "chat-Q4_K_S"]
    let names = variants + ["chat-q8_0-2", "chatq8_0", "chat-iq3"]
    let models = try names.map { name in
      try bench.open(bench.variant(of: base, .q8_0, name: name))
    }
    for model in models { #expect(try Adapter.find(for: model) == nil) }
    // One of an earlier version: the model beside it tells whose it is.
    let place = Adapter.path(beside: base)
    try Adapter.load(Adapter.path(beside: chat.tiny.path)).save(to: place)
    for (name, model) in zip(names, models) {
      #expect(try (Adapter.find(for: model) != nil) == variants.contains(name), "\(name)")
    }
    try FileManager.default.removeItem(atPath: base)
    #expect(try Adapter.find(for: models[0]) == nil)
    try identified().save(to: place)
    let found = try #require(try Adapter.find(for: models[0]))
    #expect(try found.adopted(by: ModelIdentity(of: models[0])).remark != nil)
    // A stranger under such a name has no adapter; one under its own name is refused.
    let stranger = try TinyLlama(seed: 9)
    let other = try bench.open(bench.variant(of: stranger.path, .q8_0, name: "chat-F16"))
    #expect(try Adapter.find(for: other) == nil)
    try identified().save(to: Adapter.path(beside: other.file.path))
    #expect(throws: MemoryError.self) { _ = try Adapter.find(for: other) }
    withExtendedLifetime(stranger) {}
  }

  @Test("What calibration cannot make is kept when a variant is calibrated")
  func keeps() throws {
    let adapter = try identified()
    let kin = try bench.open(bench.variant(of: chat.tiny.path, .q8_0))
    let stranger = try TinyLlama(seed: 9)
    let new = Adapter(
      fingerprint: ModelFingerprint(of: kin), keys: adapter.keys, modules: adapter.modules,
      identity: ModelIdentity(of: kin))
    let joined = try new.keepingTrainedWeights(of: adapter, registry: .standard)
    #expect(joined.identity == new.identity && joined.fingerprint == new.fingerprint)
    let model = try LanguageModel(path: kin.file.path, threads: 1)
    let path = bench.folder.path("old.adapter.safetensors")
    try adapter.save(to: path)
    #expect(try model.adapter(at: path)?.fingerprint == new.fingerprint)
    let other = try LanguageModel(path: stranger.path, threads: 1)
    #expect(try other.adapter(at: path) == nil)
    withExtendedLifetime(stranger) {}
  }
}

import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// JSON within memory files that is nested without end: Foundation's decoder ends the process on some of it.
@Suite("Hostile JSON in memory files")
struct HostileJSONTests {
  static let texts: [String] = [17, 511, 513, 2_000, 200_000].flatMap { count in
    [
      String(repeating: "[", count: count), String(repeating: "{\"a\":", count: count),
      String(repeating: "[", count: count) + String(repeating: "]", count: count),
      "[{\"conversation\":" + String(repeating: "[", count: count),
    ]
  }

  private func refuses(_ change: (inout ForgedMemory, Data) -> Void, _ place: String) throws {
    let bench = try Workbench.shared.get()
    let memory = try bench.filled(
      ModuleRegistry.standard.kinds, tokens: TinyLlama.tokens(21, seed: 5))
    let original = ForgedMemory(
      try SafetensorsFile.parse(Workbench.bytes(of: memory), path: "whole"))
    let folder = try TemporaryFolder()
    for text in Self.texts {
      var forged = original
      change(&forged, Data(text.utf8))
      let path = try folder.write(forged.serialized(), as: "forged.mneme")
      #expect(throws: MemoryError.self, "\(place): \(text.prefix(20)), \(text.count)") {
        _ = try DetachableMemory.load(path, model: bench.model, registry: .standard)
      }
    }
  }

  @Test(
    "In the tensors that hold JSON",
    arguments: ["journal.names", "journal.facts", "episodic.ledger"])
  func tensors(name: String) throws {
    try refuses(
      { memory, text in
        for index in memory.tensors.indices where memory.tensors[index].name == name {
          memory.tensors[index].bytes = text
          memory.tensors[index].shape = [text.count]
        }
      }, name)
  }

  @Test("In the metadata", arguments: ["mneme.modules", "mneme.adapter"])
  func metadata(key: String) throws {
    try refuses({ $0.metadata[key] = String(decoding: $1, as: UTF8.self) }, key)
  }

  @Test("In a module's configuration, JSON within the adapter's", arguments: [0, 1])
  func configurations(form: Int) throws {
    let bench = try Workbench.shared.get()
    let adapter = bench.adapter(.open)
    let kind = ModuleRegistry.standard.kinds[form]
    for text in Self.texts {
      var modules = adapter.modules
      modules[kind]?.configuration = Data(text.utf8)
      let changed = Adapter(
        fingerprint: adapter.fingerprint, keys: adapter.keys, modules: modules)
      #expect(throws: MemoryError.self, "\(text.prefix(20)), \(text.count)") {
        _ = try DetachableMemory.create(
          kinds: [kind], model: bench.model, adapter: changed, registry: .standard)
      }
    }
  }
}

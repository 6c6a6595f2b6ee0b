import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// The memory file: what is refused, and that nothing is ever half there.
@Suite("Memory file")
struct MemoryFileTests {
  let bench: Workbench
  let folder: TemporaryFolder
  let path: String

  init() throws {
    bench = try Workbench.shared.get()
    folder = try TemporaryFolder()
    path = folder.path("a.mneme")
  }

  /// A saved memory of every kind.
  func saved(journal: Bool = true) throws -> DetachableMemory {
    let memory = try bench.memory(ModuleRegistry.standard.kinds, journal: journal)
    let session = bench.session()
    let attached = try memory.attach(to: session)
    try Workbench.feed(TinyLlama.tokens(21, seed: 5), to: session)
    attached.detach()
    try memory.save(to: path)
    return memory
  }

  func load(_ path: String) throws -> DetachableMemory {
    try DetachableMemory.load(path, model: bench.model, registry: .standard)
  }

  /// A file with changed metadata and, where `reseal` is true, checksums that agree with it.
  func rewrite(_ change: (inout [String: String]) -> Void) throws -> String {
    let file = try SafetensorsFile.open(path)
    var writer = SafetensorsWriter(metadata: file.metadata)
    for tensor in file.tensors {
      writer.add(
        tensor.name, type: tensor.type, shape: tensor.shape, bytes: Data(tensor.bytes))
    }
    change(&writer.metadata)
    let changed = folder.path("changed.mneme")
    try writer.write(to: changed)
    return changed
  }

  @Test("Saving again gives the same bytes, saving in another place too")
  func stableBytes() throws {
    let memory = try saved()
    let first = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(!memory.hasUnsavedChanges)
    try memory.save(to: path)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == first)
    try load(path).save(to: folder.path("b.mneme"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("b.mneme"))) == first)
  }

  @Test("An empty memory is saved and loaded", arguments: ModuleRegistry.standard.kinds)
  func emptyMemory(kind: ModuleKind) throws {
    let memory = try bench.memory([kind])
    try memory.save(to: path)
    let loaded = try load(path)
    #expect(loaded.isEmpty)
    #expect(loaded.journal?.count == 0)
    #expect(try bench.logits(with: loaded) == bench.logits())
  }

  @Test("Tensors are named by module; info and verify agree", arguments: [true, false])
  func contents(journal: Bool) throws {
    let memory = try saved(journal: journal)
    let file = try SafetensorsFile.open(path)
    let prefixes = Set(
      file.tensors.compactMap { $0.name.split(separator: ".").first.map(String.init) })
    let kinds = ModuleRegistry.standard.kinds
    var expected = Set(["adapter"] + kinds.map(\.rawValue))
    if journal { expected.insert("journal") }
    #expect(prefixes == expected)
    let info = try DetachableMemory.info(path)
    #expect(info == memory.info)
    #expect(info.format == 2)
    #expect(info.journal_tokens == (journal ? 20 : 0))
    #expect(info.modules.map(\.kind) == kinds.map(\.rawValue))
    #expect(info.modules.allSatisfy { $0.entries == 20 && $0.tokens_seen == 21 })
    #expect(info.model_fingerprint == ModelFingerprint(of: bench.model).hex)
    #expect(try DetachableMemory.verify(path, model: bench.model, registry: .standard) == info)
    #expect(try DetachableMemory.verify(path, model: nil, registry: .standard) == info)
  }

  @Test("Another model of the same shape is refused in plain words, the fingerprints at hand")
  func wrongModel() throws {
    _ = try saved()
    let other = try TinyLlama(seed: 2)
    let fingerprints = [ModelFingerprint(of: bench.model), ModelFingerprint(of: other.model)]
    #expect(fingerprints[0] != fingerprints[1])
    let error = #expect(throws: MemoryError.self) {
      _ = try DetachableMemory.load(path, model: other.model, registry: .standard)
    }
    #expect(
      error
        == .wrongModel(
          path: path, memory: fingerprints[0].short, model: fingerprints[1].short,
          differs: .weights))
    let explanation = try #require(error?.explanation)
    #expect(
      explanation.what
        == "this memory belongs to another model, of the same shape with other weights")
    #expect(explanation.hint?.contains("mneme memory rebind") == true)
    #expect(throws: MemoryError.self) {
      _ = try load(path).attach(to: TransformerSession(model: other.model))
    }
    // The same weights under another name are the same model.
    let copy = folder.path("renamed.gguf")
    try FileManager.default.copyItem(atPath: bench.model.file.path, toPath: copy)
    let renamed = try TransformerModel(file: ModelFile.open(copy))
    #expect(ModelFingerprint(of: renamed) == fingerprints[0])
    _ = try DetachableMemory.load(path, model: renamed, registry: .standard)
  }

  @Test("A newer format says so")
  func newerFormat() throws {
    _ = try saved()
    let newer = try rewrite { $0["mneme.format"] = "3" }
    #expect(throws: MemoryError.newerFormat(path: newer, found: 3, supported: 2)) {
      _ = try load(newer)
    }
    #expect(throws: MemoryError.newerFormat(path: newer, found: 3, supported: 2)) {
      _ = try DetachableMemory.info(newer)
    }
    for nonsense in ["0", "-1", "one", ""] {
      let path = try rewrite { $0["mneme.format"] = nonsense }
      #expect(throws: MemoryError.notAMemory(path: path)) { _ = try load(path) }
    }
  }

  @Test("Changed metadata is noticed")
  func changedMetadata() throws {
    _ = try saved()
    let keys = try SafetensorsFile.open(path).metadata.keys.sorted()
    #expect(keys.count >= 8)
    for key in keys {
      let missing = try rewrite { $0[key] = nil }
      #expect(throws: MemoryError.self, "without \(key)") { _ = try load(missing) }
      let changed = try rewrite { $0[key] = ($0[key] ?? "") + " " }
      #expect(throws: MemoryError.self, "changed \(key)") { _ = try load(changed) }
    }
    let more = try rewrite { $0["mneme.extra"] = "?" }
    #expect(throws: MemoryError.self) { _ = try load(more) }
  }

  @Test("Things that are no memory files")
  func strangers() throws {
    let jpeg = try folder.write(Data([0xff, 0xd8, 0xff, 0xe0] + [UInt8](0..<200)), as: "a.jpeg")
    let empty = try folder.write(Data(), as: "empty.mneme")
    let text = try folder.write(Data("My dog is called Bozkif.\n".utf8), as: "note.mneme")
    var writer = SafetensorsWriter(metadata: ["format": "pt"])
    writer.add("x", floats: [1, 2], shape: [2])
    let plain = folder.path("plain.safetensors")
    try writer.write(to: plain)
    for path in [jpeg, text] {
      #expect(throws: MemoryError.notAMemory(path: path)) { _ = try load(path) }
      #expect(throws: MemoryError.notAMemory(path: path)) { _ = try DetachableMemory.info(path) }
    }
    for path in [empty, folder.path("absent.mneme"), folder.url.path] {
      let error = #expect(throws: MemoryError.self) { _ = try load(path) }
      guard case .file = error else {
        Issue.record("\(path): the file's own error is passed on")
        continue
      }
      #expect(throws: MemoryError.self) { _ = try DetachableMemory.info(path) }
      #expect(error?.explanation.what.isEmpty == false)
    }
    #expect(throws: MemoryError.notAMemory(path: plain)) { _ = try load(plain) }
    #expect(throws: MemoryError.self) { _ = try Adapter.load(plain) }
    #expect(throws: MemoryError.self) {
      _ = try DetachableMemory.load(bench.model.file.path, model: bench.model, registry: .standard)
    }
  }

  @Test("Truncated anywhere, it is refused")
  func truncated() throws {
    _ = try saved()
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    var generator = TinyLlama.Generator(seed: 1)
    let lengths =
      [1, 7, 8, 9, 100, whole.count - 1, whole.count - 4]
      + (0..<60).map { _ in Int.random(in: 0..<whole.count, using: &generator) }
    for length in lengths {
      let cut = try folder.write(whole.prefix(length), as: "cut.mneme")
      #expect(throws: MemoryError.self, "\(length) bytes") { _ = try load(cut) }
    }
    let longer = try folder.write(whole + Data([0]), as: "longer.mneme")
    #expect(throws: MemoryError.self) { _ = try load(longer) }
  }

  @Test("A flipped bit anywhere is refused, or changes nothing")
  func flipped() throws {
    let memory = try saved()
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    let header =
      8 + whole.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
    let logits = try bench.logits(with: memory)
    var generator = TinyLlama.Generator(seed: 2)
    let places =
      (0..<64).map { $0 }
      + (0..<250).map { _ in Int.random(in: 0..<header * 8, using: &generator) }
      + (0..<250).map { _ in Int.random(in: header * 8..<whole.count * 8, using: &generator) }
    var accepted = 0
    for place in places {
      var bytes = whole
      bytes[place / 8] ^= 1 << UInt8(place % 8)
      let flipped = try folder.write(bytes, as: "flipped.mneme")
      guard let loaded = try? load(flipped) else { continue }
      accepted += 1
      #expect(try Workbench.state(of: loaded) == Workbench.state(of: memory), "bit \(place)")
      #expect(try bench.logits(with: loaded) == logits, "bit \(place)")
    }
    // Only blanks of the header's padding may change unnoticed.
    #expect(accepted < places.count / 50)
  }

  @Test("Values that are not finite are refused even under a right checksum")
  func notFinite() throws {
    let memory = try saved()
    let file = try SafetensorsFile.open(path)
    let target = "neural.difference.1"
    var writer = SafetensorsWriter(metadata: file.metadata)
    for tensor in file.tensors {
      if tensor.name == target {
        var floats = try tensor.floats()
        floats[3] = .nan
        writer.add(tensor.name, floats: floats, shape: tensor.shape)
      } else {
        writer.add(tensor.name, type: tensor.type, shape: tensor.shape, bytes: Data(tensor.bytes))
      }
    }
    let broken = folder.path("nan.mneme")
    try writer.write(to: broken)
    #expect(throws: MemoryError.self) { _ = try load(broken) }
    let module = try #require(memory.modules.first)
    #expect(throws: MemoryError.self) { try module.load(from: SafetensorsFile.open(plainFile())) }
  }

  private func plainFile() throws -> String {
    var writer = SafetensorsWriter()
    writer.add("x", floats: [1], shape: [1])
    try writer.write(to: folder.path("plain.safetensors"))
    return folder.path("plain.safetensors")
  }

  @Test(
    "Tensors of another shape or type are refused by every module",
    arguments: ModuleRegistry.standard.kinds)
  func wrongTensors(kind: ModuleKind) throws {
    let memory = try bench.filled([kind])
    let module = try #require(memory.modules.first)
    var writer = SafetensorsWriter()
    module.save(into: &writer)
    let good = try SafetensorsFile.parse(writer.serialized(), path: "good")
    try module.load(from: good)
    // Files of the first version lack it, and bytes in another type are bytes still.
    let mayBeMissing = ["neural.open.journal"]
    for tensor in good.tensors {
      for fault in 0..<3 {
        if fault == 0, mayBeMissing.contains(tensor.name) { continue }
        if fault == 1, tensor.type == .u8 { continue }
        var writer = SafetensorsWriter()
        for other in good.tensors {
          let bytes = Data(other.bytes)
          switch (other.name == tensor.name, fault) {
          case (true, 0): continue
          case (true, 1):
            writer.add(
              other.name, type: .u8, shape: [bytes.count], bytes: bytes)
          case (true, _):
            // One element more.
            writer.add(
              other.name, type: other.type, shape: [other.count + 1],
              bytes: bytes + Data(count: other.type.size))
          case (false, _):
            writer.add(other.name, type: other.type, shape: other.shape, bytes: bytes)
          }
        }
        let bad = try SafetensorsFile.parse(writer.serialized(), path: "bad")
        #expect(throws: MemoryError.self, "\(tensor.name), fault \(fault)") {
          try module.load(from: bad)
        }
      }
    }
  }

  @Test("A folder that cannot be written to leaves everything as it was")
  func unwritable() throws {
    let memory = try saved()
    #expect(throws: MemoryError.self) { try memory.save(to: folder.path("no/such/folder/a.mneme")) }
    #expect(throws: MemoryError.self) { try memory.save(to: folder.url.path) }
    #expect(try load(path).info == memory.info)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(left == ["a.mneme"])
  }

  @Test("An adapter file: saved, found beside the model, refused for another")
  func adapterFile() throws {
    let adapter = bench.adapter(.calibrated)
    let place = Adapter.path(beside: folder.path("tiny.gguf"))
    #expect(place == folder.path("tiny.adapter.safetensors"))
    try FileManager.default.copyItem(
      atPath: bench.model.file.path, toPath: folder.path("tiny.gguf"))
    let model = try TransformerModel(file: ModelFile.open(folder.path("tiny.gguf")))
    #expect(try Adapter.find(for: model) == nil)
    try adapter.save(to: place)
    #expect(try Adapter.find(for: model) == adapter)
    let other = try TinyLlama(seed: 2)
    try adapter.save(to: Adapter.path(beside: other.path))
    #expect(throws: MemoryError.self) { _ = try Adapter.find(for: other.model) }
  }
}

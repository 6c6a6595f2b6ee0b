import Foundation
import Memory
import MemoryModules
import Mneme
import ModelFiles
import Tensors
import TestSupport
import Testing
import Transformer

/// A memory file and the variants of the model it was made with.
@Suite("Memories and kin")
struct KinMemoryTests {
  private let bench: VariantBench
  private let chat: TinyChat
  private let path: String

  init() throws {
    bench = try VariantBench()
    chat = try TinyChat(seed: 3)
    path = chat.freshPath()
  }

  /// The same model in another type, with tokenizer and template.
  private func variant(_ type: ElementType, name: String = UUID().uuidString) throws
    -> LanguageModel
  {
    try LanguageModel(path: bench.variant(of: chat.tiny.path, type, name: name), threads: 1)
  }

  /// A memory that was told something, in a file.
  private func tell() throws {
    let memory = try chat.model.createMemory([.episodic, .neighbor])
    let session = TransformerSession(model: chat.model.transformer)
    let attached = try memory.attach(to: session)
    let tokens = TinyLlama.tokens(40, seed: 5)
    _ = try session.forward(tokens, logits: .none)
    try session.commit(
      through: tokens.count,
      provenance: Provenance(
        conversation: "a", turn: 0, role: .document, source: "test", time: 1),
      learnable: tokens.map { _ in true }, endsSegment: true)
    attached.detach()
    try memory.save(to: path)
  }

  private func logits(_ model: LanguageModel, with memory: DetachableMemory?) throws -> [Float] {
    let session = TransformerSession(model: model.transformer)
    let attached = try memory?.attach(to: session, readOnly: true)
    defer { attached?.detach() }
    return try session.forward(TinyLlama.tokens(24, seed: 5), logits: .all).values
  }

  private func distance(_ a: [Float], _ b: [Float]) -> Float {
    guard a.count == b.count else { return .infinity }
    let off = zip(a, b).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let size = a.reduce(Float(0)) { $0 + $1 * $1 }
    return (off / size).squareRoot()
  }

  @Test("Kin reads: its logits are close to those of the model the memory was made with")
  func reads() throws {
    try tell()
    let own = try chat.model.loadMemory(path)
    #expect(own.kinship == .same && own.remark == nil)
    let kin = try variant(.q8_0)
    let memory = try kin.loadMemory(path, readOnly: true)
    guard case .kin = memory.kinship else {
      Issue.record("not kin")
      return
    }
    let remark = try #require(memory.remark)
    #expect(remark.contains("'llama F32'") && remark.contains("'llama Q8_0'"))
    #expect(remark.contains("mneme memory rebind"))
    let (plain, told) = try (logits(chat.model, with: nil), logits(chat.model, with: own))
    let (kinPlain, kinTold) = try (logits(kin, with: nil), logits(kin, with: memory))
    // The memory changes far more than the quantisation does.
    #expect(distance(plain, told) > 4 * distance(plain, kinPlain))
    #expect(distance(told, kinTold) < 0.5 * distance(plain, told))
    #expect(memory.fingerprint == own.fingerprint && memory.identity == own.identity)
  }

  @Test("Kin does not write: not at loading, not at attaching, and the file stays as it is")
  func refusesWriting() throws {
    try tell()
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let kin = try variant(.q8_0)
    let error = #expect(throws: MemoryError.self) { _ = try kin.loadMemory(path) }
    #expect(error == .kinModel(path: path, made: "llama F32", loaded: "llama Q8_0"))
    let hint = try #require(error?.explanation.hint)
    #expect(hint.contains("FILE:ro") && hint.contains("mneme memory rebind"))
    let memory = try kin.loadMemory(path, readOnly: true)
    #expect(throws: MemoryError.kinModel(path: path, made: "llama F32", loaded: "llama Q8_0")) {
      _ = try memory.attach(to: TransformerSession(model: kin.transformer))
    }
    // It was loaded for this kin, not for any other.
    let third = try variant(.q4_0)
    #expect(throws: MemoryError.self) {
      _ = try memory.attach(
        to: TransformerSession(model: third.transformer), readOnly: true)
    }
    #expect(throws: MemoryError.self) {
      _ = try memory.replacing([:], model: kin.transformer, registry: .standard)
    }
    _ = try memory.attach(to: TransformerSession(model: kin.transformer), readOnly: true)
    try memory.save(to: path)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    _ = try chat.model.loadMemory(path).attach(
      to: TransformerSession(model: chat.model.transformer))
  }

  @Test("A chat attaches it with a remark, for reading only")
  func chats() async throws {
    try tell()
    let session = ChatSession(try variant(.q8_0))
    await #expect(throws: MemoryError.self) { try await session.attach(path) }
    let status = try await session.attach(path, readOnly: true)
    #expect(status.remark?.contains("another form of the same model") == true)
    _ = try await session.respond(to: "my dog is called")
    #expect(try await session.saveMemories() == [])
  }

  @Test("A stranger of the same shape is refused even for reading, and told why")
  func strangers() throws {
    try tell()
    let other = try TinyChat(seed: 4)
    let error = #expect(throws: MemoryError.self) {
      _ = try other.model.loadMemory(path, readOnly: true)
    }
    #expect(error?.explanation.what.contains("of the same shape with other weights") == true)
    let retokenized = try bench.changed(chat.tiny.path) {
      $0["tokenizer.ggml.bos_token_id"] = .unsigned(2)
    }
    let model = try LanguageModel(path: retokenized, threads: 1)
    let second = #expect(throws: MemoryError.self) {
      _ = try model.loadMemory(path, readOnly: true)
    }
    #expect(second?.explanation.what.contains("another tokenizer") == true)
    guard case .wrongModel(_, let memory, let found, .tokenizer, _)? = second else {
      Issue.record("another error")
      return
    }
    #expect(memory == ModelFingerprint(of: chat.model.transformer).short)
    #expect(found == ModelFingerprint(of: model.transformer).short)
  }

  /// The file with other metadata, and a header checksum that agrees with it.
  private func rewrite(_ change: (inout [String: String]) -> Void) throws -> String {
    let file = try SafetensorsFile.open(path)
    var writer = SafetensorsWriter(metadata: file.metadata)
    for tensor in file.tensors {
      writer.add(tensor.name, type: tensor.type, shape: tensor.shape, bytes: Data(tensor.bytes))
    }
    change(&writer.metadata)
    var text = ""
    let key = "mneme.header_sha256"
    for (name, value) in writer.metadata.sorted(by: { $0.key < $1.key }) where name != key {
      text += "\(name.utf8.count):\(name)=\(value.utf8.count):\(value);"
    }
    text += writer.layout.joined(separator: ";")
    writer.metadata[key] = MemoryFileHeader.checksum(Data(text.utf8))
    let changed = chat.freshPath()
    try writer.write(to: changed)
    return changed
  }

  @Test("Files of earlier versions load as before, and for nobody else")
  func earlier() throws {
    try tell()
    let old = try rewrite { $0["mneme.model"] = nil }
    #expect(try DetachableMemory.info(old).model == nil)
    let memory = try chat.model.loadMemory(old)
    #expect(memory.kinship == .same)
    let error = #expect(throws: MemoryError.self) {
      _ = try variant(.q8_0).loadMemory(old, readOnly: true)
    }
    guard case .wrongModel(_, _, _, nil, _)? = error else {
      Issue.record("another error")
      return
    }
    // Saved again it says who its model is.
    try memory.save(to: old)
    #expect(try DetachableMemory.info(old) == DetachableMemory.info(path))
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: old))
        == Data(contentsOf: URL(fileURLWithPath: path)))
    _ = try variant(.q8_0).loadMemory(old, readOnly: true)
  }

  @Test("What the file says of its model is in info")
  func info() throws {
    try tell()
    let info = try DetachableMemory.info(path)
    let identity = ModelIdentity(of: chat.model.transformer)
    #expect(info.model?.type == "F32" && info.model?.architecture == "llama")
    #expect(info.model?.tokenizer == identity.tokenizer)
    #expect(info.model?.configuration == identity.configuration)
    #expect(info.adapter_fingerprint == info.modules.first?.adapter)
    #expect(
      try SafetensorsFile.open(path).metadata["mneme.model"].map { $0.utf8.count < 4096 } == true)
  }

  @Test("A hostile description of the model is refused in one sentence")
  func hostile() throws {
    try tell()
    let text = try #require(try SafetensorsFile.open(path).metadata["mneme.model"])
    let tree = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    func with(_ key: String, _ value: Any?) throws -> String {
      var changed = tree
      changed[key] = value
      return String(
        decoding: try JSONSerialization.data(withJSONObject: changed), as: UTF8.self)
    }
    let sketch = try #require(
      (tree["sketch"] as? String).flatMap { Data(base64Encoded: $0) })
    func bytes(_ change: (inout Data) -> Void) throws -> String {
      var data = sketch
      change(&data)
      return try with("sketch", data.base64EncodedString())
    }
    let digits = String(repeating: "a", count: 64)
    let cases = try [
      "", "null", "[]", "{", String(repeating: "[", count: 100_000),
      "{\"fingerprint\":" + String(repeating: "[", count: 5000),
      with("sketch", nil), with("sketch", 7), with("sketch", "no base64!"), with("sketch", ""),
      with("sketch", String(repeating: "A", count: 300_000)),
      with("tokenizer", "abc"), with("tokenizer", digits.uppercased()), with("vectors", nil),
      with("configuration", ["a"]), with("fingerprint", digits), with("fingerprint", 1),
      with("name", String(repeating: "n", count: 65)), with("name", "a\nb"),
      with("architecture", ""), with("type", "\u{202e}Q8"),
      bytes { $0.removeLast() }, bytes { $0.append(0) }, bytes { $0[0] = 2 },
      bytes { $0[1] = 0 }, bytes { $0[1] = 255 }, bytes { $0[2] = 255 }, bytes { $0[3] = 255 },
      // A type nobody knows, a negative step, weights that are no numbers.
      bytes { $0[4] = 99 }, bytes { $0[6] = 0xbc }, bytes { $0[8] = 0x7c }, bytes { $0[8] = 0xfe },
    ]
    for (index, value) in cases.enumerated() {
      let bad = try rewrite { $0["mneme.model"] = value }
      for model in [chat.model, nil] {
        let error = #expect(throws: MemoryError.self, "case \(index)") {
          _ =
            try model.map { _ = try $0.loadMemory(bad) } ?? { _ = try DetachableMemory.info(bad) }()
        }
        guard case .malformed(bad, _, _)? = error else {
          Issue.record("case \(index): \(String(describing: error))")
          continue
        }
        #expect(error?.explanation.what.contains("mneme.model") == true)
      }
    }
    // Sound, but of a model with fewer matrices: nobody's kin.
    let fewer = try bytes { data in
      data[2] -= 1
      data.removeLast(1 + Int(data[1]) * 10)
    }
    let strange = try rewrite { $0["mneme.model"] = fewer }
    let error = #expect(throws: MemoryError.self) {
      _ = try variant(.q8_0).loadMemory(strange, readOnly: true)
    }
    guard case .wrongModel(_, _, _, .weights, _)? = error else {
      Issue.record("another error")
      return
    }
  }
}

import Foundation
import Memory
import MemoryModules
import Mneme
import ModelFiles
import TestSupport
import Testing
import Transformer

@Suite("A model is known by all of its weights")
struct ContentsTests {
  /// A copy of a model in which some weights stand in another order, where no sample is taken.
  private func changed(_ tiny: TinyLlama, in folder: TemporaryFolder) throws -> String {
    var bytes = try Data(contentsOf: URL(filePath: tiny.path))
    let tensor = try #require(tiny.model.file.tensor("token_embd.weight"))
    let start = try #require(bytes.range(of: Data(tensor.bytes))).lowerBound
    // Samples: 4096 bytes at the start, in the middle and at the end of 36,864.
    bytes.replaceSubrange(
      start + 5000..<start + 9000, with: bytes[start + 5000..<start + 9000].reversed())
    return try folder.write(bytes, as: "changed.gguf")
  }

  @Test("Changed where no sample is taken, it is another model: its memories are refused")
  func changed() throws {
    let (chat, folder) = (try TinyChat(), try TemporaryFolder())
    let path = try changed(chat.tiny, in: folder)
    let other = try LanguageModel(path: path, threads: 1)
    #expect(ModelFingerprint(of: other.transformer) == ModelFingerprint(of: chat.tiny.model))
    let (one, two) = (ModelIdentity(of: chat.tiny.model), ModelIdentity(of: other.transformer))
    #expect(one.contents != two.contents)
    #expect(one.kinship(to: two) == .stranger(.weights))
    #expect(two.kinship(to: one) == .stranger(.weights))

    let place = chat.freshPath()
    try chat.model.createMemory([.neighbor]).save(to: place)
    let error = #expect(throws: MemoryError.self) {
      _ = try other.loadMemory(place, readOnly: true)
    }
    guard case .wrongModel(place, _, _, .weights, nil)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(throws: MemoryError.self) {
      _ = try DetachableMemory.verify(place, model: other.transformer, registry: .standard)
    }
    let memory = try chat.model.loadMemory(place)
    let session = TransformerSession(model: other.transformer)
    #expect(throws: MemoryError.self) { _ = try memory.attach(to: session) }
  }

  @Test(
    "A file of an earlier version knows the fingerprint alone, and learns the rest when it is saved"
  )
  func earlier() throws {
    let chat = try TinyChat()
    let identity = ModelIdentity(of: chat.tiny.model)
    var fields = try #require(
      try JSONSerialization.jsonObject(with: JSONEncoder().encode(identity)) as? [String: Any])
    fields["contents"] = nil
    let old = try JSONDecoder().decode(
      ModelIdentity.self, from: JSONSerialization.data(withJSONObject: fields))
    #expect(old.contents == nil && old != identity)
    #expect(old.kinship(to: identity) == .same && identity.kinship(to: old) == .same)
    fields["contents"] = "x"
    #expect(throws: DecodingError.self) {
      _ = try JSONDecoder().decode(
        ModelIdentity.self, from: JSONSerialization.data(withJSONObject: fields))
    }
  }

  @Test("The same weights in another file are the same contents, however the file is laid out")
  func copies() throws {
    let (tiny, folder) = (try TinyLlama(seed: 5), try TemporaryFolder())
    let copy = try folder.write(Data(contentsOf: URL(filePath: tiny.path)), as: "copy.gguf")
    let file = try ModelFile.open(copy)
    let twin = try TransformerModel(file: file)
    #expect(ModelIdentity(of: twin).contents == ModelIdentity(of: tiny.model).contents)
    let other = try TinyLlama(seed: 6)
    #expect(ModelIdentity(of: other.model).contents != ModelIdentity(of: tiny.model).contents)
  }

  @Test("A file that changes under its name is hashed again")
  func rewritten() throws {
    let folder = try TemporaryFolder()
    let (one, two) = (try TinyLlama(seed: 5), try TinyLlama(seed: 6))
    let path = folder.path("model.gguf")
    var found: [String?] = []
    for source in [one, two, one] {
      try? FileManager.default.removeItem(atPath: path)
      try FileManager.default.copyItem(atPath: source.path, toPath: path)
      let model = try TransformerModel(file: ModelFile.open(path))
      found.append(ModelIdentity(of: model).contents)
    }
    #expect(found[0] != found[1] && found[0] == found[2])
  }
}

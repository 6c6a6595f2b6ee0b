import Foundation
import Mneme
import MnemeEvaluation
import TestSupport
import Testing

/// Encrypted memories in chats and in the jobs beside them.
@Suite("Encrypted memories in use")
struct SealedChatTests {
  let chat: TinyChat
  let path: String
  let passphrase: Passphrase

  init() throws {
    chat = try TinyChat.shared.get()
    path = chat.freshPath()
    passphrase = try Passphrase("open sesame")
  }

  private func told(_ text: String) throws {
    _ = try MemoryTeaching(
      model: chat.model, path: path, newModules: [.episodic, .neighbor], passphrase: passphrase
    ).run([LearningInput(name: "test", content: .statement(text))])
  }

  @Test("A chat makes an encrypted file, saves it encrypted, and opens it again")
  func conversation() async throws {
    let session = chat.session()
    let new = try await session.attach(path, modules: [.episodic], passphrase: passphrase)
    #expect(new.isNew)
    _ = try await session.remember("my dog is called bozkif.")
    _ = try await session.saveMemories()
    #expect(DetachableMemory.isSealed(path))
    _ = try await session.remember("my cat is called mirza.")
    _ = try await session.detach(new.name)
    #expect(DetachableMemory.isSealed(path))
    let later = chat.session()
    await #expect(throws: MemoryError.sealing(.passphraseNeeded(path: path))) {
      try await later.attach(path)
    }
    await #expect(throws: MemoryError.sealing(.wrongPassphrase(path: path))) {
      try await later.attach(path, passphrase: Passphrase("open barley"))
    }
    #expect(await later.memories.isEmpty)
    try await later.attach(path, passphrase: passphrase)
    #expect(try await later.recall("what is my cat called?").isEmpty == false)
  }

  @Test("Teaching, comparing, measuring, completing and tracing open it with the passphrase only")
  func jobs() throws {
    try told("my dog is called bozkif.")
    try told("my cat is called mirza.")
    #expect(DetachableMemory.isSealed(path))
    let keys = [ByteString(path): passphrase]
    let item = try JSONLines.decode(
      EvaluationItem.self, from: Data(#"{"prompt": "my dog", "answer": "bozkif"}"#.utf8),
      path: "items")
    func compare(_ keys: [ByteString: Passphrase]) throws -> ABReport {
      try MemoryComparison(
        model: chat.model, memories: [path], controls: [path], fullContext: true,
        passphrases: keys
      ).run(items: item, source: "items")
    }
    #expect(try compare(keys).arms.count == 4)
    func measure(_ keys: [ByteString: Passphrase]) throws -> Double {
      try TextMeasurement(
        model: chat.model, memories: [(path, false)], learns: true, saves: true,
        passphrases: keys
      ).run("the dog sat. the dog sat.", source: "text").nll
    }
    #expect(try measure(keys).isFinite)
    #expect(DetachableMemory.isSealed(path))
    func complete(_ keys: [ByteString: Passphrase]) throws -> Int {
      try TextCompletion(model: chat.model, memories: [(path, true)], passphrases: keys)
        .run("hello", chat: false, options: .greedy) { _ in }.promptTokens
    }
    #expect(try complete(keys) > 0)
    let needed = MemoryError.sealing(.passphraseNeeded(path: path))
    #expect(throws: needed) { try compare([:]) }
    #expect(throws: needed) { try measure([:]) }
    #expect(throws: needed) { try complete([:]) }
    #expect(throws: needed) {
      try MemoryTeaching(model: chat.model, path: path)
        .run([LearningInput(name: "test", content: .statement("no"))])
    }
    #expect(throws: needed) { try chat.model.loadMemory(path) }
    #expect(try chat.model.loadMemory(path, passphrase: passphrase).isSealed)
    let neural = chat.freshPath()
    let memory = try chat.model.createMemory([.neural])
    try memory.seal(with: passphrase)
    try memory.save(to: neural)
    let trace = chat.folder.path("\(UUID().uuidString).safetensors")
    let shapes = try ActivationTrace(model: chat.model).run(
      [1, 5, 6], hooks: nil, memory: neural, passphrase: passphrase, to: trace)
    #expect(shapes.count == 4)
    #expect(throws: MemoryError.sealing(.passphraseNeeded(path: neural))) {
      try ActivationTrace(model: chat.model).run([1, 5], hooks: nil, memory: neural, to: trace)
    }
    let mode = try FileManager.default.attributesOfItem(atPath: trace)[.posixPermissions]
    #expect(mode as? Int == 0o600)
  }
}

import Foundation
import Mneme
import MnemeEvaluation
import TestSupport
import Testing

/// Memory files, sources and answers whose names are canonically equal, in a chat and in teaching.
@Suite("Names that are canonically equal, in use")
struct CanonicalNameTests {
  let chat: TinyChat
  let folder: TemporaryFolder
  let paths: [String]

  init() throws {
    chat = try TinyChat.shared.get()
    folder = try TemporaryFolder()
    let place = folder
    paths = CanonicalPair.both.map { place.path($0 + ".mneme") }
  }

  private func teach(_ path: String, _ inputs: [LearningInput]) throws {
    _ = try MemoryTeaching(model: chat.model, path: path, newModules: [.episodic, .neighbor])
      .run(inputs)
  }

  private func load(_ path: String) throws -> DetachableMemory {
    try chat.model.loadMemory(path, readOnly: true)
  }

  @Test("Two files are attached at once, named and detached by their bytes")
  func attached() async throws {
    let session = chat.session()
    for path in paths { try await session.attach(path, modules: [.neighbor]) }
    let names = await session.memories.map { ByteString($0.name) }
    #expect(names == CanonicalPair.both.map(ByteString.init(_:)))
    // The same file again is still refused, however its path is spelled.
    for path in [paths[1], folder.url.path + "/./" + CanonicalPair.decomposed + ".mneme"] {
      await #expect(throws: ChatError.alreadyAttached(path: path)) {
        try await session.attach(path)
      }
    }
    try await session.detach(CanonicalPair.decomposed)
    let left = await session.memories.map { ByteString($0.name) }
    #expect(left == [ByteString(CanonicalPair.composed)])
    await #expect(throws: ChatError.self) { try await session.detach(CanonicalPair.decomposed) }
    await #expect(throws: ChatError.self) { try await session.detach(paths[1]) }
    try await session.detach(paths[0])
    #expect(await session.memories.isEmpty)
  }

  @Test("Each file is written, and nothing else")
  func files() async throws {
    let session = chat.session()
    try await session.attach(paths[0], modules: [.neighbor])
    _ = try await session.remember("my dog is called bozkif.")
    _ = try await session.saveMemories()
    let first = try Data(contentsOf: URL(fileURLWithPath: paths[0]))
    #expect(!FileManager.default.fileExists(atPath: paths[1]))
    // Saved under the other name it is another file from now on.
    _ = try await session.saveMemory(CanonicalPair.composed, to: paths[1])
    _ = try await session.remember("my cat is called mirza.")
    _ = try await session.saveMemories()
    #expect(try Data(contentsOf: URL(fileURLWithPath: paths[0])) == first)
    #expect(try Data(contentsOf: URL(fileURLWithPath: paths[1])) != first)
  }

  @Test("A copy saved beside the file leaves the file alone")
  func copy() throws {
    try teach(paths[0], [LearningInput(name: "a", content: .statement("my dog is bozkif."))])
    let before = try Data(contentsOf: URL(fileURLWithPath: paths[0]))
    let memory = try chat.model.loadMemory(paths[0], forWriting: true)
    _ = try memory.forget(.source("a"))
    try memory.save(to: paths[1])
    #expect(try Data(contentsOf: URL(fileURLWithPath: paths[0])) == before)
    #expect(try load(paths[1]).sources.isEmpty)
  }

  @Test("A statement ends with an answer when its bytes do")
  func answers() throws {
    let path = chat.freshPath()
    try teach(
      path,
      [
        LearningInput(
          name: "same",
          content: .statement("his name is Jose\u{301}.", answer: CanonicalPair.decomposed)),
        LearningInput(
          name: "other", content: .statement("my name is Jose\u{301}", answer: "Jos\u{E9}")),
      ])
    let facts = try #require(try load(path).factMemory?.facts)
    let texts = facts.map { ByteString($0.text) }
    #expect(texts == ["his name is Jose\u{301}.", "my name is Jose\u{301} Jos\u{E9}"])
    #expect(facts.map(\.answer) == [ByteString(CanonicalPair.decomposed), "Jos\u{E9}"])
  }

  @Test("What is told at once is of one source, by its bytes")
  func lessons() {
    let tellings = CanonicalPair.both.map {
      Telling(.statement, "my dog barks.", reply: "okay.", source: ByteString($0))
    }
    #expect(tellings.lessons(source: "s").count == 2)
    #expect([tellings[0], tellings[0]].lessons(source: "s").count == 1)
    // What is forgotten of one stays of the other.
    let forgotten = TextRetriever(
      tellings + [Telling(.forget, "", source: ByteString(CanonicalPair.composed))]
    ) { $0.utf8.count }
    #expect(forgotten.chunks.count == 1)
  }

  @Test("A new memory is made, sealed and held in one place")
  func openOrCreate() throws {
    let path = chat.freshPath()
    let passphrase = try Passphrase("open sesame")
    let (memory, isNew) = try chat.model.openOrCreateMemory(
      at: path, forWriting: true, [.neighbor], passphrase: passphrase)
    #expect(isNew && memory.isOpenForWriting)
    #expect(memory.name == DetachableMemory.name(of: path))
    try memory.save(to: path)
    #expect(DetachableMemory.isSealed(path))
    memory.closeForWriting()
    let (again, isNewAgain) = try chat.model.openOrCreateMemory(
      at: path, forWriting: false, [.episodic], passphrase: passphrase)
    #expect(!isNewAgain && !again.isOpenForWriting)
    #expect(again.modules.map { type(of: $0).kind } == [.neighbor])
    #expect(throws: MemoryError.self) {
      try chat.model.openOrCreateMemory(
        at: chat.freshPath(), forWriting: false, creates: false, [.neighbor])
    }
    // Nobody may make a file over one that is there, unless that is asked for.
    #expect(throws: MemoryError.fileExists(path: path)) {
      try chat.model.createMemory(at: path, [.neighbor])
    }
    let replacement = try chat.model.createMemory(at: path, [.neighbor], replacing: true)
    #expect(replacement.isOpenForWriting)
  }
}

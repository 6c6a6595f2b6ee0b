import Foundation
import Mneme
import Testing

@Suite("Memories in a chat")
struct ChatMemoryTests {
  private func chat() throws -> TinyChat { try TinyChat.shared.get() }

  @Test("A file that is not there is created, saved and found again")
  func lifeCycle() async throws {
    let path = try chat().freshPath()
    let session = try chat().session()
    let created = try await session.attach(path)
    #expect(created.isNew)
    #expect(created.modules.map(\.kind) == ["neural", "episodic", "neighbor"])
    #expect(!FileManager.default.fileExists(atPath: path))
    try await session.respond(to: "my dog is called bozkif.")
    #expect(try await session.saveMemories() == [created.name])
    #expect(try await session.saveMemories() == [])
    let entries = try #require(await session.memories.first?.modules.last?.entries)
    #expect(entries > 5)
    try await session.detach(created.name)

    let later = try chat().session()
    let status = try await later.attach(path)
    #expect(!status.isNew)
    #expect(status.modules.last?.entries == entries)
  }

  @Test("Only the user's words are learned")
  func userOnly() async throws {
    let session = try chat().session(instructions: "a long system prompt it is not to learn")
    try await session.attach(try chat().freshPath(), modules: [.neighbor])
    try await session.respond(to: "abc")
    let entries = try #require(await session.memories.first?.modules.first?.entries)
    #expect((1...5).contains(entries), "\(entries) entries")
  }

  @Test("Detached, and attached but empty, it says what the plain model says")
  func offMeansOff() async throws {
    let plain = try await chat().session().respond(to: "hello there")
    let session = try chat().session()
    try await session.attach(try chat().freshPath())
    #expect(try await session.respond(to: "hello there").tokens == plain.tokens)
    let filled = try #require(await session.memories.first)
    try await session.detach(filled.name)
    await session.clear()
    #expect(try await session.respond(to: "hello there").tokens == plain.tokens)
    #expect(await session.memories.isEmpty)
    await #expect(throws: ChatError.self) { try await session.detach(filled.name) }
  }

  @Test("Undo and regenerate return the memory to exactly what it was")
  func undoIsExact() async throws {
    let path = try chat().freshPath()
    let session = try chat().session()
    try await session.attach(path)
    try await session.respond(to: "my dog is called bozkif.")
    try await session.saveMemories()
    let before = try savedState(path)

    try await session.respond(to: "my cat is called mirlo.")
    try await session.saveMemories()
    let after = try savedState(path)
    #expect(after != before)
    try await session.regenerate()
    try await session.saveMemories()
    #expect(try savedState(path) == after)
    try await session.undo()
    try await session.saveMemories()
    #expect(try savedState(path) == before)

    try await session.remember("the boat is called tarn.")
    try await session.saveMemories()
    #expect(try savedState(path) != before)
    #expect(try await session.undo() == 1)
    try await session.saveMemories()
    #expect(try savedState(path) == before)
  }

  @Test("A read-only memory is heard but never written")
  func readOnly() async throws {
    let path = try chat().freshPath()
    let writer = try chat().session()
    try await writer.attach(path)
    try await writer.respond(to: "my dog is called bozkif.")
    try await writer.detach(try #require(await writer.memories.first).name)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))

    let reader = try chat().session()
    try await reader.attach(path, readOnly: true)
    try await reader.respond(to: "my dog is called")
    #expect(try await reader.saveMemories() == [])
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    await #expect(throws: ChatError.noWritableMemory) { try await reader.remember("x") }
    #expect(!(await reader.recollections.isEmpty))
    await #expect(throws: ChatError.self) { try await reader.attach(path) }
  }

  @Test("A missing file cannot be attached for reading; a damaged one leaves the session usable")
  func badFiles() async throws {
    let session = try chat().session()
    await #expect(throws: MemoryError.self) {
      try await session.attach(try chat().freshPath(), readOnly: true)
    }
    let path = try chat().freshPath()
    try Data("not a memory".utf8).write(to: URL(fileURLWithPath: path))
    await #expect(throws: MemoryError.self) { try await session.attach(path) }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("not a memory".utf8))
    try await session.respond(to: "hello")
  }

  @Test("A memory of another model is refused with both fingerprints")
  func wrongModel() async throws {
    let path = try chat().freshPath()
    let session = try chat().session()
    try await session.attach(path)
    try await session.saveMemories()
    try await session.detach(try #require(await session.memories.first).name)
    let other = try TinyChat(seed: 2)
    let error = await #expect(throws: MemoryError.self) {
      try await other.session().attach(path)
    }
    guard case .wrongModel? = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
  }

  @Test("A file attached for writing is refused to everybody else until it is detached")
  func oneWriter() async throws {
    let path = try chat().freshPath()
    let first = try chat().session()
    let name = try await first.attach(path, modules: [.neighbor]).name
    let second = try chat().session()
    let early = try chat().session()
    try await early.attach(path, modules: [.neighbor])
    try await first.respond(to: "my dog is called bozkif.")
    try await first.saveMemories()
    func isLocked(_ body: () async throws -> Void) async -> Bool {
      do { try await body() } catch MemoryError.file(.locked) { return true } catch {}
      return false
    }
    #expect(await isLocked { try await second.attach(path) })
    let teaching = MemoryTeaching(model: try chat().model, path: path)
    let input = LearningInput(name: "n", content: .text("some words"))
    #expect(await isLocked { _ = try teaching.run([input]) })
    #expect(await isLocked { _ = try DetachableMemory.undo(path) })
    _ = try DetachableMemory.info(path)
    try await second.attach(path, readOnly: true)
    try await second.detach(try #require(await second.memories.first).name)
    // Who meant to make the file as well comes too late, loses nothing, and takes another name.
    try await early.respond(to: "my dog barks")
    #expect(await isLocked { try await early.saveMemories() })
    try await first.detach(name)
    await #expect(throws: MemoryError.file(.changedOnDisk(path: path))) {
      try await early.saveMemories()
    }
    let other = try chat().freshPath()
    let moved = try await early.saveMemory(try #require(await early.memories.first).name, to: other)
    #expect(moved.path == other && !moved.hasUnsavedChanges)
    #expect(try DetachableMemory.info(other).modules.first?.entries ?? 0 > 0)
    try await second.attach(path)
    #expect(await second.memories.first?.isReadOnly == false)
  }

  @Test("One memory that cannot be saved does not keep the others from it")
  func partialSave() async throws {
    let session = try chat().session()
    let (bad, good) = (try chat().freshPath(), try chat().freshPath())
    try await session.attach(bad, modules: [.neighbor])
    try await session.attach(good, modules: [.neighbor])
    try await session.saveMemories()
    try Data("theirs".utf8).write(to: URL(fileURLWithPath: bad))
    try await session.respond(to: "my dog barks")
    await #expect(throws: MemoryError.self) { try await session.saveMemories() }
    #expect(await session.memories.map(\.hasUnsavedChanges) == [true, false])
    #expect(try DetachableMemory.info(good).modules.first?.entries ?? 0 > 0)
  }

  @Test("A comparison leaves conversation and memory alone")
  func comparison() async throws {
    let path = try chat().freshPath()
    let session = try chat().session()
    try await session.attach(path)
    try await session.respond(to: "my dog is called bozkif.")
    try await session.saveMemories()
    let state = try savedState(path)
    let transcript = await session.transcript
    let result = try await session.compare("my dog is called")
    #expect(await session.transcript == transcript)
    #expect(try await session.saveMemories() == [])
    #expect(try savedState(path) == state)
    #expect(!result.detached.tokens.isEmpty && !result.attached.tokens.isEmpty)
    // What the comparison calls attached is what the chat then says.
    let reply = try await session.respond(to: "my dog is called")
    #expect(reply.tokens == result.attached.tokens)
  }

  @Test("A loaded transcript is not learned again, nor is one read again after turns were dropped")
  func notLearnedTwice() async throws {
    let session = try chat().session(context: 96)
    try await session.attach(try chat().freshPath(), modules: [.neighbor])
    var transcript = Transcript()
    transcript.entries = [
      .init(role: .prompt, content: "my dog is called bozkif."),
      .init(role: .response, content: "good."),
    ]
    await session.load(transcript)
    try await session.respond(to: "abc")
    let first = try #require(await session.memories.first?.modules.first?.entries)
    #expect(first <= 5)
    for _ in 0..<5 { try await session.respond(to: "abc") }
    let last = try #require(await session.memories.first?.modules.first?.entries)
    #expect(last <= 6 * 5)
  }

  @Test("Two memories at once keep their own names and files")
  func several() async throws {
    let session = try chat().session()
    let a = try await session.attach(try chat().freshPath(), modules: [.neighbor])
    let b = try await session.attach(try chat().freshPath(), modules: [.neural])
    try await session.respond(to: "hello")
    #expect(await session.memories.map(\.name) == [a.name, b.name])
    #expect(try await session.saveMemories().count == 2)
    try await session.detach(a.name)
    #expect(await session.memories.map(\.name) == [b.name])
  }
}

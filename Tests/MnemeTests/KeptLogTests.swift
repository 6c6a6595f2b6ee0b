import Foundation
import Memory
import Mneme
import ModelFiles
import TestSupport
import Testing
import Tokenization
import Transformer

/// Exchanges that are kept in a log beside the memory file.
@Suite("The log beside a memory file")
struct KeptLogTests {
  let chat: TinyChat
  let path: String

  init() throws {
    chat = try TinyChat.shared.get()
    path = chat.freshPath()
  }

  private var log: String { path + "-log" }

  private func bytes(_ path: String) -> Data? { FileManager.default.contents(atPath: path) }

  /// The two files as a crash leaves them, elsewhere.
  private func crashed() throws -> String {
    let copy = chat.freshPath()
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    if bytes(log) != nil { try FileManager.default.copyItem(atPath: log, toPath: copy + "-log") }
    return copy
  }

  /// What the file at a path holds once its log was taken up and it was written whole.
  private func wholeState(_ path: String, passphrase: Passphrase? = nil) async throws -> Data {
    let session = chat.session()
    let status = try await session.attach(path, passphrase: passphrase)
    try await session.detach(status.name)
    #expect(bytes(path + "-log") == nil)
    return try savedState(path)
  }

  /// A chat whose file was written after its first exchange.
  private func begun(passphrase: Passphrase? = nil) async throws -> ChatSession {
    let session = chat.session()
    try await session.attach(path, passphrase: passphrase)
    try await session.respond(to: "my dog is called bozkif.")
    #expect(try await session.keepMemories().count == 1)
    #expect(bytes(log) == nil)
    return session
  }

  @Test("An exchange costs some hundred bytes, and after a crash everything is there, to the bit")
  func crash() async throws {
    let session = try await begun()
    let file = bytes(path)
    try await session.respond(to: "i live in trondheim.")
    #expect(try await session.keepMemories().count == 1)
    let first = try #require(bytes(log)?.count)
    try await session.remember("the boat is called tarn.")
    try await session.respond(to: "hello there")
    #expect(try await session.keepMemories().count == 1)
    #expect(try await session.keepMemories().isEmpty)
    let second = try #require(bytes(log)?.count)
    #expect(second > first && second - first < 8192, "\(first), then \(second) bytes")
    #expect(bytes(path) == file, "the file itself is as it was")

    let copy = try crashed()
    let reader = chat.session()
    let status = try await reader.attach(copy, readOnly: true)
    #expect(try #require(status.remark).contains("-log") == false)
    #expect(try await reader.recall("where do i live?").isEmpty == false)
    #expect(try await session.saveMemories().count == 1)
    #expect(bytes(log) == nil)
    #expect(try await wholeState(copy) == savedState(path))
  }

  @Test("Replies that taught nothing are kept as well: file and log are what a save writes")
  func unlearned() async throws {
    let session = try await begun()
    for text in ["hello", "there"] {
      try await session.respond(to: text)
      try await session.keepMemories()
    }
    try await session.regenerate()
    try await session.keepMemories()
    let copy = try crashed()
    try await session.saveMemories()
    #expect(try await wholeState(copy) == savedState(path))
  }

  @Test("Undo shortens the log, and beyond it the file is written anew")
  func undo() async throws {
    let session = try await begun()
    let file = try savedState(path)
    for text in ["i live in trondheim.", "my cat is called mirlo."] {
      try await session.respond(to: text)
      try await session.keepMemories()
    }
    let long = try #require(bytes(log)?.count)
    try await session.undo()
    try await session.keepMemories()
    #expect(try #require(bytes(log)?.count) < long)
    let copy = try crashed()
    try await session.undo()
    try await session.keepMemories()
    #expect(bytes(log) == nil, "the file holds just this")
    #expect(try savedState(path) == file)
    try await session.redo()
    try await session.keepMemories()
    try await session.saveMemories()
    #expect(try await wholeState(copy) == savedState(path))
    try await session.undo(2)
    try await session.keepMemories()
    #expect(bytes(log) == nil)
    #expect(try savedState(path) != file)
  }

  @Test("Forgetting writes the whole file and leaves no log with the words in it")
  func forgetting() async throws {
    let session = try await begun()
    try await session.remember("the code is 4711.")
    try await session.keepMemories()
    #expect(bytes(log) != nil)
    let fact = try #require(await session.recall("what is the code?").first)
    _ = try await session.forget(fact: fact.recalled.fact.handle)
    try await session.keepMemories()
    #expect(bytes(log) == nil)
    let copy = try crashed()
    try await session.saveMemories()
    #expect(try await wholeState(copy) == savedState(path))
  }

  @Test(
    "Cut anywhere, a log counts up to its last whole frame; changed anywhere, as far as it is sound"
  )
  func torn() async throws {
    let session = try await begun()
    for text in ["i live in trondheim.", "my cat is called mirlo."] {
      try await session.remember(text)
      try await session.keepMemories()
    }
    let whole = try #require(bytes(log))
    let copy = chat.freshPath()
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    var counts: [Int] = []
    for count in stride(from: 0, through: whole.count, by: max(1, whole.count / 60)) {
      try whole.prefix(count).write(to: URL(filePath: copy + "-log"))
      counts.append(try DetachableMemory.info(copy).log_commits ?? 0)
    }
    #expect(counts == counts.sorted() && counts.first == 0)
    #expect(Set(counts).count > 1)
    for index in stride(from: 0, to: whole.count, by: max(1, whole.count / 60)) {
      var damaged = whole
      damaged[index] ^= 0x10
      try damaged.write(to: URL(filePath: copy + "-log"))
      let found = try DetachableMemory.info(copy).log_commits ?? 0
      #expect(found < 4, "byte \(index)")
    }
    // Of another version of the file.
    try whole.write(to: URL(filePath: copy + "-log"))
    #expect(try DetachableMemory.info(copy).log_commits != nil)
    try await session.saveMemories()
    try FileManager.default.removeItem(atPath: copy)
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    #expect(try DetachableMemory.info(copy).log_commits == nil)
  }

  @Test("What needs the whole file and has no model refuses until the log is taken up")
  func unfinished() async throws {
    let session = try await begun()
    try await session.remember("i live in trondheim.")
    try await session.keepMemories()
    let copy = try crashed()
    let key = try Passphrase("open sesame")
    for body: () throws -> Void in [
      { _ = try DetachableMemory.fork(copy, to: chat.freshPath()) },
      { try DetachableMemory.encrypt(copy, with: key) },
      { _ = try DetachableMemory.undo(copy) },
      { _ = try DetachableMemory.history(copy) },
    ] {
      let error = #expect(throws: MemoryError.self) { try body() }
      guard case .unfinished(copy, let commits)? = error, commits > 0 else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
    _ = try await wholeState(copy)
    #expect(throws: Never.self) { try DetachableMemory.encrypt(copy, with: key) }
  }

  @Test("Beside an encrypted memory the log is encrypted, too")
  func encrypted() async throws {
    let key = try Passphrase("open sesame")
    let session = try await begun(passphrase: key)
    try await session.remember("the boat is called tarn.")
    try await session.keepMemories()
    try await session.remember("the plane is called wren.")
    try await session.keepMemories()
    let log = try #require(bytes(log))
    for word in ["tarn", "wren", "provenance", "remember"] {
      #expect(log.range(of: Data(word.utf8)) == nil, "\(word)")
    }
    let later = chat.session()
    try await later.attach(try crashed(), readOnly: true, passphrase: key)
    #expect(
      try await later.recall("what is the plane called?").first?.recalled.fact.text.contains("wren")
        == true)
  }

  @Test("On a full disk keeping fails in a sentence, and the next time all of it is there")
  func fullDisk() async throws {
    let memory = try await told()
    for number in 0..<8 {
      var operations = FileOperations()
      operations.longestWrite = 100
      let calls = Counter()
      operations.before = { _ in calls.next() == number ? ENOSPC : 0 }
      try tell(memory, "number \(number) is said.")
      do {
        try FileOperations.$current.withValue(operations) { _ = try memory.keep(at: path) }
      } catch let error as MemoryError {
        guard case .file(.unwritable(_, _, ENOSPC)) = error else {
          Issue.record("call \(number): \(error)")
          continue
        }
        #expect(memory.hasUnsavedChanges)
      }
      try memory.keep(at: path)
      #expect(!memory.hasUnsavedChanges)
      let copy = try crashed()
      let found = try chat.model.loadMemory(copy)
      #expect(found.journal?.recordCount == memory.journal?.recordCount)
      let (one, two) = (chat.freshPath(), chat.freshPath())
      try found.save(to: one)
      try memory.save(to: two)
      #expect(try savedState(one) == savedState(two))
    }
  }

  private func told() async throws -> DetachableMemory {
    let session = try await begun()
    let name = try #require(await session.memories.first?.name)
    try await session.detach(name)
    return try chat.model.loadMemory(path, forWriting: true)
  }

  private func tell(_ memory: DetachableMemory, _ text: String) throws {
    let session = TransformerSession(model: chat.model.transformer, contextLength: 64)
    let attachment = try memory.attach(to: session)
    defer { attachment.detach() }
    let tokens = chat.model.tokenizer.encode(text, addBOS: true, parseSpecial: false)
    _ = try session.forward(tokens, logits: .none)
    try session.commit(
      through: tokens.count,
      provenance: Provenance(
        conversation: UUID().uuidString, turn: 0, role: .user, source: "test", time: 5),
      learnable: tokens.map { _ in true }, endsSegment: true)
  }

  private final class Counter: @unchecked Sendable {
    private var count = -1

    func next() -> Int {
      count += 1
      return count
    }
  }
}

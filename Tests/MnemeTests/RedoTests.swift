import Mneme
import TestSupport
import Testing

@Suite("Redo")
struct RedoTests {
  @Test(
    "What was taken back comes back, in the conversation and in the memory, until something else is said"
  )
  func redo() async throws {
    let chat = try TinyChat.shared.get()
    let folder = try TemporaryFolder()
    let session = ChatSession(chat.model)
    try await session.attach(folder.path("me.mneme"), modules: [.episodic])
    _ = try await session.remember("The spare key is under the pot.")
    _ = try await session.respond(to: "hello")
    _ = try await session.remember("My dog is called Rex.")
    let (transcript, facts) = (await session.transcript, try await session.currentFacts())
    #expect(try await session.undo(2) == 2)
    let fewer = try await session.currentFacts()
    #expect(fewer.count < facts.count)
    #expect(try await session.undo() == 1)
    #expect(try await session.redo() == ["The spare key is under the pot."])
    #expect(try await session.currentFacts() == fewer)
    #expect(try await session.redo() == ["hello", "My dog is called Rex."])
    #expect(try await session.currentFacts() == facts)
    #expect(await session.transcript == transcript)
    await #expect(throws: ChatError.noTurn(action: "redo")) { try await session.redo() }
    try await session.undo()
    _ = try await session.respond(to: "something else")
    await #expect(throws: ChatError.noTurn(action: "redo")) { try await session.redo() }
  }
}

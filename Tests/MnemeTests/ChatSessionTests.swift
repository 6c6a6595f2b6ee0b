import Foundation
import Mneme
import TestSupport
import Testing

@Suite("Chat session")
struct ChatSessionTests {
  private func chat() throws -> TinyChat { try TinyChat.shared.get() }

  @Test("The stream's pieces make up the reply")
  func streaming() async throws {
    let whole = try await chat().session().respond(to: "hello there")
    var text = ""
    for try await piece in try chat().session().streamResponse(to: "hello there") { text += piece }
    #expect(text == whole.content)
    #expect(!whole.tokens.isEmpty)
    #expect(whole.timings.generatedTokens == whole.tokens.count)
  }

  @Test("A second turn computes only what is new, and says what a fresh session would")
  func reuse() async throws {
    let session = try chat().session()
    try await session.respond(to: "hello there")
    let second = try await session.respond(to: "and then")
    let used = await session.contextUsage.used
    #expect(second.timings.promptTokens < used - second.tokens.count - 5)
  }

  @Test("What the cache still holds does not change what is said")
  func cacheIsInvisible() async throws {
    var transcript = Transcript()
    transcript.entries = [
      .init(role: .prompt, content: "hello"), .init(role: .response, content: "good day."),
    ]
    let direct = try chat().session()
    await direct.load(transcript)
    let expected = try await direct.respond(to: "and then")

    let detour = try chat().session()
    await detour.load(transcript)
    try await detour.respond(to: "another matter")
    try await detour.undo()
    #expect(try await detour.respond(to: "and then").tokens == expected.tokens)
  }

  @Test("What was read is kept beside a saved conversation, and need not be read again")
  func savedContext() async throws {
    let first = try chat().session()
    try await first.respond(to: "hello there")
    try await first.respond(to: "and then")
    let used = await first.contextUsage.used
    let path = try chat().folder.path("\(UUID().uuidString).context")
    try await first.saveContext(to: path)
    let transcript = await first.transcript
    let expected = try await first.respond(to: "and more")

    let second = try chat().session()
    await second.load(transcript)
    #expect(await second.restoreContext(from: path) == used)
    let reply = try await second.respond(to: "and more")
    #expect(reply.tokens == expected.tokens)

    let damaged = try chat().folder.path("\(UUID().uuidString).context")
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[bytes.count - 9] ^= 1
    try bytes.write(to: URL(fileURLWithPath: damaged))
    let other = try TinyChat(seed: 2)
    for (session, file) in [
      (try chat().session(), damaged), (try chat().session(), path + ".none"),
      (other.session(), path),
    ] {
      await session.load(transcript)
      #expect(await session.restoreContext(from: file) == 0)
    }
    let third = try chat().session()
    await third.load(transcript)
    await third.restoreContext(from: damaged)
    #expect(try await third.respond(to: "and more").tokens == expected.tokens)
    // A conversation that has only its beginning in common.
    let fourth = try chat().session()
    await fourth.load(
      Transcript(
        entries: Array(transcript.entries.prefix(2)), conversation: transcript.conversation))
    let kept = await fourth.restoreContext(from: path)
    #expect(kept > 0 && kept < used)
  }

  @Test("Same seed, same conversation; another seed, another one")
  func seeds() async throws {
    func talk(_ seed: UInt64) async throws -> [String] {
      var options = GenerationOptions(maximumResponseTokens: 12)
      options.sampling.temperature = 1
      options.sampling.seed = seed
      let session = ChatSession(try chat().model, options: options)
      let first = try await session.respond(to: "hello").content
      return [first, try await session.respond(to: "hello").content]
    }
    #expect(try await talk(1) == talk(1))
    #expect(try await talk(1) != talk(2))
  }

  @Test("Undo takes the turn out of transcript and context")
  func undo() async throws {
    let session = try chat().session()
    let first = try await session.respond(to: "hello")
    let used = await session.contextUsage.used
    let second = try await session.respond(to: "more")
    #expect(try await session.undo() == 1)
    #expect(await session.contextUsage.used == used)
    #expect(await session.transcript.entries.map(\.content) == ["hello", first.content])
    #expect(try await session.respond(to: "more").content == second.content)
    #expect(try await session.undo(99) == 2)
    await #expect(throws: ChatError.noTurn(action: "undo")) { try await session.undo() }
    await #expect(throws: ChatError.noTurn(action: "regenerate")) {
      try await session.regenerate()
    }
  }

  @Test("Regenerating greedily says the same, continuing goes on from it")
  func regenerateAndContinue() async throws {
    let session = try chat().session(tokens: 6)
    let first = try await session.respond(to: "hello")
    #expect(try await session.regenerate().tokens == first.tokens)
    var last: Response?
    for try await event in session.streamContinuation() {
      if case .finished(let response) = event { last = response }
    }
    let longer = try #require(last)
    #expect(Array(longer.tokens.prefix(first.tokens.count)) == first.tokens)
    #expect(await session.transcript.exchanges.count == 1)
    if first.ending == .length {
      let whole = try await chat().session(tokens: 12).respond(to: "hello")
      #expect(longer.tokens == whole.tokens)
    }
  }

  @Test("A full context drops the oldest turns, keeps the system prompt and says so")
  func contextLimit() async throws {
    let session = try chat().session(context: 96, instructions: "be kind")
    var dropped = 0
    for turn in 0..<8 {
      for try await event in session.streamDetails(to: "number \(turn) of a few") {
        if case .notice(.droppedTurns(let count, let limit)) = event {
          dropped += count
          #expect(limit == 96)
        }
      }
      #expect(await session.contextUsage.used <= 96)
    }
    #expect(dropped > 0)
    #expect(await session.contextText.contains("be kind"))
    #expect(await session.contextText.contains("number 7"))
    #expect(!(await session.contextText.contains("number 0")))
    #expect(await session.transcript.exchanges.count == 8)
  }

  @Test("A message longer than the context is refused and changes nothing")
  func tooLong() async throws {
    let session = try chat().session(context: 64)
    try await session.respond(to: "hello")
    let before = await session.transcript
    await #expect(throws: ChatError.self) {
      try await session.respond(to: String(repeating: "word ", count: 100))
    }
    #expect(await session.transcript == before)
    try await session.respond(to: "hello")
  }

  @Test("Stopping keeps the partial turn")
  func stopping() async throws {
    let session = try chat().session(tokens: 200)
    let response = try await session.reply(to: "hello", options: nil) { event in
      if case .text = event { session.stop() }
    }
    #expect(response.ending == .stopped)
    #expect((1..<200).contains(response.tokens.count))
    let entries = await session.transcript.entries
    #expect(entries.count == 2)
    #expect(entries.last?.isPartial == true)
    try await session.respond(to: "go on")
  }

  @Test("Cancelling the task ends the reply and keeps the partial turn")
  func cancelling() async throws {
    let session = try chat().session(tokens: 200)
    let task = Task {
      try await session.reply(to: "hello", options: nil) { event in
        if case .text = event { withUnsafeCurrentTask { $0?.cancel() } }
      }
    }
    let response = try await task.value
    #expect(response.ending == .stopped)
    #expect((1..<200).contains(response.tokens.count))
    #expect(await session.transcript.entries.last?.isPartial == true)
    try await session.respond(to: "go on")
  }

  @Test("Leaving the stream early ends the reply and keeps the turn")
  func leaving() async throws {
    let session = try chat().session(tokens: 200)
    for try await _ in session.streamResponse(to: "hello") { break }
    let transcript = await session.transcript
    #expect(transcript.exchanges.count <= 1)
    try await session.respond(to: "go on")
  }

  @Test("Setting the system prompt lets the model read everything under it")
  func instructions() async throws {
    let session = try chat().session()
    try await session.respond(to: "hello")
    await session.setInstructions("be brief")
    #expect(await session.contextText.contains("be brief"))
    try await session.respond(to: "again")
    #expect(await session.transcript.instructions == "be brief")
    await session.clear()
    #expect(await session.transcript.entries.map(\.content) == ["be brief"])
    #expect(await session.contextUsage.used == 0)
  }
}

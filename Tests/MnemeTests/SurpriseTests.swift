import Foundation
import Generation
import Mneme
import Testing
import Transformer

@Suite("Surprise of the last turn")
struct SurpriseTests {
  private func chat() throws -> TinyChat { try TinyChat.shared.get() }

  @Test("Alone it is what the plain model says token by token", arguments: [false, true])
  func plain(isFirst: Bool) async throws {
    let (asked, model) = ("my dog is called bozkif.", try chat().model)
    let session = try chat().session(instructions: "be brief")
    var messages = [ChatMessage(role: .system, content: "be brief")]
    if !isFirst {
      messages.append(ChatMessage(role: .user, content: "hello there"))
      messages.append(ChatMessage(role: .assistant, content: "good."))
      await session.load(
        Transcript(entries: [
          .init(role: .instructions, content: "be brief"),
          .init(role: .prompt, content: "hello there"), .init(role: .response, content: "good."),
        ]))
    }
    messages.append(ChatMessage(role: .user, content: asked))
    let reply = try await session.respond(to: asked)
    let found = try await session.surprise()
    #expect(found.allSatisfy { $0.attached == nil && $0.saved == nil })

    let prompt = model.template.encode(messages, addGenerationPrompt: true)
    let engine = TransformerSession(model: model.transformer)
    var scores: [Double] = []
    var logits: Logits?
    for token in prompt.tokens + reply.tokens {
      scores.append(logits?.withRow(0) { negativeLogLikelihood(of: token, in: $0) } ?? 0)
      logits = try engine.forward([token])
    }
    let replied = found.filter { $0.role == .assistant }
    #expect(replied.count == reply.tokens.count)
    for (mine, expected) in zip(replied, scores.suffix(reply.tokens.count)) {
      #expect(abs(mine.plain - expected) < 1e-4)
    }
    let last = messages.count - 1
    let places = prompt.tokens.indices.filter {
      prompt.parts[$0] == .user && prompt.messageIndex[$0] == last
    }
    let said = found.filter { $0.role == .user }
    #expect(said.count == places.count)
    #expect(said.map(\.text).joined().trimmingCharacters(in: .whitespaces) == asked)
    for (mine, place) in zip(said, places) { #expect(abs(mine.plain - scores[place]) < 1e-4) }
  }

  @Test("With memories it is as they were before the turn, not as they are after it")
  func before() async throws {
    let path = try chat().freshPath()
    let session = try chat().session()
    try await session.attach(path)
    try await session.remember("my dog is called bozkif.")
    try await session.saveMemories()
    let copy = try chat().freshPath()
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    let prompt = "my cat and my dog, bozkif."
    try await session.respond(to: prompt)
    let found = try await session.surprise()
    #expect(found.contains { ($0.saved ?? 0).magnitude > 0.01 })
    try await session.saveMemories()

    /// The same turn in front of a memory that does not learn from it.
    func read(_ file: String) async throws -> [TokenSurprisal] {
      let reader = try chat().session()
      try await reader.attach(file, readOnly: true)
      try await reader.respond(to: prompt)
      return try await reader.surprise()
    }
    #expect(try await read(copy) == found)
    let later = try await read(path)
    #expect(later.filter { $0.role == .user } != found.filter { $0.role == .user })
  }

  @Test("Nothing changes by looking: memories, files, context, what was recalled, the next reply")
  func unchanged() async throws {
    let (path, twinPath) = (try chat().freshPath(), try chat().freshPath())
    let (session, twin) = (try chat().session(), try chat().session())
    for (session, path) in [(session, path), (twin, twinPath)] {
      try await session.attach(path)
      try await session.respond(to: "my dog is called bozkif.")
      try await session.saveMemories()
    }
    let first = try savedState(path)
    for session in [session, twin] {
      try await session.respond(to: "my dog is called")
      try await session.saveMemories()
    }
    let state = try savedState(path)
    let memories = await session.memories
    let recollections = await session.recollections
    let learned = await session.learnedTokens
    let context = await session.contextText
    let found = try await session.surprise()
    #expect(try await session.surprise() == found)
    #expect(await session.memories == memories)
    #expect(await session.recollections == recollections && !recollections.isEmpty)
    #expect(await session.learnedTokens == learned)
    #expect(await session.contextText == context)
    #expect(try await session.saveMemories() == [])
    #expect(try savedState(path) == state)

    let reply = try await session.respond(to: "and my cat?")
    let expected = try await twin.respond(to: "and my cat?")
    #expect(reply.tokens == expected.tokens)
    let (mine, theirs) = (await session.recollections, await twin.recollections)
    #expect(mine.map(\.gate) == theirs.map(\.gate))
    #expect(mine.map(\.weight) == theirs.map(\.weight))
    try await session.undo(2)
    try await session.saveMemories()
    #expect(try savedState(path) == first)
  }

  @Test("A statement in between is left out; an empty memory changes nothing at all")
  func statements() async throws {
    let session = try chat().session()
    try await session.attach(try chat().freshPath())
    try await session.respond(to: "my dog is called bozkif.")
    let found = try await session.surprise()
    #expect(found.allSatisfy { $0.attached == $0.plain })
    try await session.remember("my dog is called bozkif.")
    #expect(try await session.surprise() == found)
  }

  @Test("Without a turn, and after one was forgotten, there is nothing to look at")
  func nothing() async throws {
    let session = try chat().session()
    await #expect(throws: ChatError.noTurn(action: "look at")) { try await session.surprise() }
    let name = try await session.attach(try chat().freshPath()).name
    try await session.remember("my boat is called tarn.")
    await #expect(throws: ChatError.self) { try await session.surprise() }
    try await session.respond(to: "my dog is called bozkif.")
    #expect(try await !session.surprise().isEmpty)
    try await session.forget(.source("remember"), memory: name)
    await #expect(throws: ChatError.noTurn(action: "look at")) { try await session.surprise() }
  }

  @Test("A comparison says what was recalled, and leaves what the last reply recalled alone")
  func comparison() async throws {
    let session = try chat().session()
    try await session.attach(try chat().freshPath())
    try await session.respond(to: "my dog is called bozkif.")
    try await session.respond(to: "my cat is called mirlo.")
    let last = await session.recollections
    let result = try await session.compare("my dog is called")
    #expect(!result.recollections.isEmpty)
    #expect(await session.recollections == last)
    try await session.respond(to: "my dog is called")
    let heard = await session.recollections
    #expect(result.recollections.map(\.token) == heard.map(\.token))
    #expect(result.recollections.map(\.turn) == heard.map(\.turn))
  }
}

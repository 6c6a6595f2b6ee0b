import Generation
import Mneme
import TestSupport
import Testing

/// Replies that do nothing but repeat themselves: a model of random weights soon does.
@Suite("A reply that repeats itself")
struct RepetitionTests {
  private struct Loop {
    let message: String
    /// The whole reply, which nothing stops.
    let reply: Response
    /// Its tokens up to the one that makes it a loop.
    let count: Int
    let loop: RepetitionGuard.Loop
  }

  private static let length = 160

  private func chat() throws -> TinyChat { try TinyChat.shared.get() }

  private func options(guarded: Bool) -> GenerationOptions {
    var options = GenerationOptions.greedy
    options.maximumResponseTokens = Self.length
    options.stopsRepetition = guarded
    return options
  }

  /// A message whose reply becomes a loop.
  private func loop() async throws -> Loop {
    for message in ["hello", "abc", "my dog", "what now", "tell me more", "the end", "and then"] {
      let reply = try await chat().session().respond(to: message, options: options(guarded: false))
      var watch = RepetitionGuard()
      guard let index = reply.tokens.firstIndex(where: { watch.append($0) != nil }),
        let loop = watch.loop
      else { continue }
      return Loop(message: message, reply: reply, count: index + 1, loop: loop)
    }
    throw ChatError.noTurn(action: "find a loop in")
  }

  @Test("It is stopped, and one repetition is kept")
  func stops() async throws {
    let found = try await loop()
    #expect(found.reply.ending == .length)
    let session = try chat().session()
    let reply = try await session.respond(to: found.message, options: options(guarded: true))
    #expect(reply.ending == .repetition)
    #expect(reply.timings.generatedTokens == found.count)
    #expect(found.reply.tokens.starts(with: reply.tokens))
    let kept = found.loop.firstEnd..<found.loop.firstEnd + found.loop.period + 1
    #expect(kept.contains(reply.tokens.count), "\(reply.tokens.count) of \(kept)")
    let entry = try #require(await session.transcript.entries.last)
    #expect(entry.content == reply.content && entry.isPartial)
    var pieces = ""
    for try await piece in try chat().session().streamResponse(
      to: found.message, options: options(guarded: true))
    { pieces += piece }
    #expect(pieces.hasPrefix(reply.content) && pieces.count > reply.content.count)
  }

  @Test("The conversation goes on as after any reply of this length, and can be taken back")
  func commits() async throws {
    let found = try await loop()
    let (one, other) = (try chat().session(), try chat().session())
    for session in [one, other] { try await session.attach(try chat().freshPath()) }
    let reply = try await one.respond(to: found.message, options: options(guarded: true))
    #expect(reply.ending == .repetition)
    var short = options(guarded: false)
    short.maximumResponseTokens = reply.tokens.count
    #expect(try await other.respond(to: found.message, options: short).tokens == reply.tokens)
    #expect(await one.contextText == other.contextText)
    #expect(await one.contextUsage == other.contextUsage)
    var entries: [[Int]] = []
    for session in [one, other] {
      entries.append(try #require(await session.memories.first).modules.map(\.entries))
    }
    #expect(entries[0] == entries[1])
    let next = try await one.respond(to: "and now")
    #expect(try await other.respond(to: "and now").tokens == next.tokens)
    #expect(try await one.undo(2) == 2)
    #expect(await one.contextText.isEmpty)
    let again = try await one.respond(to: found.message, options: options(guarded: true))
    #expect(again.tokens == reply.tokens)
  }

  @Test("It is stopped unless the options say otherwise; a greedy reply never is")
  func defaults() throws {
    #expect(GenerationOptions().stopsRepetition)
    #expect(try chat().model.recommendedOptions.stopsRepetition)
    #expect(!GenerationOptions.greedy.stopsRepetition)
  }
}

import Foundation
import Generation
import Mneme
import TestSupport
import Testing

/// Replies that do nothing but repeat themselves: those of a model whose next token depends on little but the last one.
@Suite("A reply that repeats itself")
struct RepetitionTests {
  /// A model, and what it repeats.
  private struct Loop {
    let model: LanguageModel
    let folder: TemporaryFolder
    /// The whole reply, which nothing stops.
    let reply: Response
    /// Its tokens up to the one that makes it a loop.
    let count: Int
    let loop: RepetitionGuard.Loop

    func session() -> ChatSession { ChatSession(model, options: .greedy) }

    func freshPath() -> String { folder.path("\(UUID().uuidString).mneme") }
  }

  private static let message = "tell me more"

  private func options(guarded: Bool) -> GenerationOptions {
    var options = GenerationOptions.greedy
    options.maximumResponseTokens = 320
    options.stopsRepetition = guarded
    return options
  }

  /// The first model of random weights whose reply becomes a loop.
  private func loop() async throws -> Loop {
    for seed in 1...20 as ClosedRange<UInt64> {
      let folder = try TemporaryFolder()
      let shape = TinyModel.Shape {
        ($0.isTied, $0.blockGain, $0.seed, $0.context) = (false, 0.05, seed, 1024)
      }
      let tiny = try TinyModel(shape, in: folder)
      try TinyChat.adapter(tiny.load()).save(to: Adapter.path(beside: tiny.path))
      let model = try LanguageModel(path: tiny.path, threads: 1)
      let reply = try await ChatSession(model).respond(
        to: Self.message, options: options(guarded: false))
      var watch = RepetitionGuard { [tokenizer = model.tokenizer] in
        tokenizer.decode([$0]).contains { $0.isLetter }
      }
      guard let index = reply.tokens.firstIndex(where: { watch.append($0) != nil }),
        let loop = watch.loop
      else { continue }
      return Loop(model: model, folder: folder, reply: reply, count: index + 1, loop: loop)
    }
    throw ChatError.noTurn(action: "find a loop in")
  }

  @Test("It is stopped, and one repetition is kept")
  func stops() async throws {
    let found = try await loop()
    #expect(found.reply.ending == .length)
    let session = found.session()
    let reply = try await session.respond(to: Self.message, options: options(guarded: true))
    #expect(reply.ending == .repetition)
    #expect(reply.timings.generatedTokens == found.count)
    #expect(found.reply.tokens.starts(with: reply.tokens))
    let kept = found.loop.firstEnd..<found.loop.firstEnd + found.loop.period + 1
    #expect(kept.contains(reply.tokens.count), "\(reply.tokens.count) of \(kept)")
    let entry = try #require(await session.transcript.entries.last)
    #expect(entry.content == reply.content && entry.isPartial)
    var pieces = ""
    for try await piece in found.session().streamResponse(
      to: Self.message, options: options(guarded: true))
    { pieces += piece }
    #expect(pieces.hasPrefix(reply.content) && pieces.count > reply.content.count)
  }

  @Test("The conversation goes on as after any reply of this length, and can be taken back")
  func commits() async throws {
    let found = try await loop()
    let (one, other) = (found.session(), found.session())
    for session in [one, other] { try await session.attach(found.freshPath()) }
    let reply = try await one.respond(to: Self.message, options: options(guarded: true))
    #expect(reply.ending == .repetition)
    var short = options(guarded: false)
    short.maximumResponseTokens = reply.tokens.count
    #expect(try await other.respond(to: Self.message, options: short).tokens == reply.tokens)
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
    let again = try await one.respond(to: Self.message, options: options(guarded: true))
    #expect(again.tokens == reply.tokens)
  }

  @Test("It is stopped unless the options say otherwise; a greedy reply never is")
  func defaults() async throws {
    #expect(GenerationOptions().stopsRepetition)
    #expect(try await loop().model.recommendedOptions.stopsRepetition)
    #expect(!GenerationOptions.greedy.stopsRepetition)
  }
}

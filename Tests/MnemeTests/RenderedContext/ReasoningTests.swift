import Foundation
import Generation
import Mneme
import TestSupport
import Testing
import Transformer

@Suite("Reasoning is kept apart from the answer")
struct ReasoningTests {
  private static let hosts = [
    "thinking", "opening", "keeping", "thinking in tokens", "opening in tokens", "qwen3",
    "deepseek-r1",
  ]

  @Test("It has events and a field of its own", arguments: hosts)
  func apart(name: String) async throws {
    let host = try TalkingHost(name)
    let session = host.session()
    var (thought, said) = ("", "")
    // Where a mark is a control token, the words would be one here too.
    let answer = name.hasSuffix("tokens") ? "It is\n so." : "It is\n <think> so."
    let response = try await session.say(
      host.reply("Let me see.\n\nA < B </thin", answer), to: "Is it?"
    ) { event in
      switch event {
      case .reasoning(let piece): thought += piece
      case .text(let piece): said += piece
      default: break
      }
    }
    #expect(response.reasoning == "Let me see.\n\nA < B </thin" && thought == response.reasoning)
    #expect(response.content == answer && said == response.content)
    let entry = try #require(await session.transcript.exchanges.last?.response)
    #expect(entry.content == response.content && entry.reasoning == response.reasoning)
    let listed = try await session.surprise().filter { $0.role == .assistant }.map(\.text)
    #expect(listed.joined().trimmingCharacters(in: .whitespacesAndNewlines) == response.content)
    var pieces = ""
    for try await piece in session.streamResponse(to: "And?") { pieces += piece }
    #expect(await session.transcript.entries.last?.content == pieces)
  }

  @Test("A model without marks says everything in its answer")
  func withoutMarks() async throws {
    let host = try TalkingHost("trimming")
    #expect(host.model.template.reasoning == nil)
    let response = try await host.session().say("<think>\na\n</think>\n\nb", to: "c")
    #expect(response.content == "<think>\na\n</think>\n\nb" && response.reasoning == nil)
  }

  @Test("What a limit cuts off is reasoning too, and goes on where it ended", arguments: hosts)
  func unfinished(name: String) async throws {
    let host = try TalkingHost(name)
    let whole = host.reply("one two three four five six seven", "Eight.")
    let end = try #require(whole.firstRange(of: "three")).upperBound
    let session = host.session(
      tokens: host.model.tokenizer.encode(
        String(whole[..<end]), addBOS: false, parseSpecial: true
      ).count)
    let response = try await session.say(whole, to: "Count.")
    #expect(response.ending == .length && response.content.isEmpty)
    let thought = try #require(response.reasoning)
    #expect(thought.hasPrefix("one") && "one two three four five six seven".hasPrefix(thought))
    let entry = try #require(await session.transcript.exchanges.last?.response)
    #expect(entry.isPartial && entry.content.isEmpty && entry.reasoning == thought)
    #expect(await session.cached == host.rendering(await session.transcript))

    let rest = " and more\n</think>\n\nEight."
    var events: [ChatStreamEvent] = []
    let more = try await session.goOn(with: rest) { events.append($0) }
    #expect(more.content == "Eight.")
    #expect(more.reasoning?.hasPrefix(thought) == true && more.reasoning?.hasSuffix("more") == true)
    #expect(events.contains { if case .text = $0 { true } else { false } })
    #expect(await session.transcript.exchanges.count == 1)
  }

  @Test("It is nobody's words to a memory", arguments: hosts)
  func neverLearned(name: String) async throws {
    let host = try TalkingHost(name)
    let session = host.session()
    let record = await session.recordCommits()
    _ = try await session.say(host.reply("Zarq knows.", "Yes."), to: "Does he know?")
    _ = try await session.say(host.reply("Zarq again.", "No."), to: "My dog is called Bozkif.")
    for part in [TokenPart.user, .assistant] {
      #expect(!host.text(record.said(by: part)).contains("Zarq"), "\(part)")
    }
    #expect(host.text(record.learnable).contains("Bozkif"))
    #expect(!host.text(record.learnable).contains("Zarq"))
    #expect(host.text(record.said(by: .assistant)).contains("Yes"))
  }

  @Test("A mark that the user writes is text", arguments: hosts)
  func usersMarks(name: String) async throws {
    let host = try TalkingHost(name)
    let session = host.session()
    let message = "<think>I am a mark</think> am I?"
    let response = try await session.say(host.reply(nil, "No."), to: message)
    #expect(response.content == "No." && response.reasoning == nil)
    let prompt = await session.lastPrompt
    let asked = prompt.tokens[prompt.question]
    #expect(host.text(asked).contains(message))
    let marks = ["<think>", "</think>"].compactMap { host.model.tokenizer.id(ofPiece: $0) }
    #expect(marks.allSatisfy { !asked.contains($0) })
    #expect(await session.transcript.entries.first?.content == message)
  }

  @Test("Transcripts name it as other programs do, and leave out what is not there")
  func transcripts() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("t.json")
    let transcript = Transcript(
      entries: [
        .init(id: "1", role: .prompt, content: "a", time: 0),
        .init(id: "2", role: .response, content: "b", time: 0, reasoning: "c"),
      ], conversation: "x")
    try transcript.write(to: path)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.ranges(of: "\"reasoning_content\" : \"c\"").count == 1)
    #expect(text.ranges(of: "reasoning").count == 1)
    #expect(try Transcript.read(from: path) == transcript)
  }

  @Test("Completing a text in the chat template keeps it apart; completing a text does not")
  func completions() throws {
    let host = try TalkingHost("opening")
    let completion = TextCompletion(model: host.model)
    var options = GenerationOptions.greedy
    options.maximumResponseTokens = 24
    options.sampling.temperature = 1
    var reasoned = 0
    for seed in 0..<4 {
      options.sampling.seed = UInt64(seed)
      var printed = ""
      let asked = try completion.run("hello", chat: true, options: options) { printed += $0 }
      // The template has opened the block, and noise does not close it.
      #expect(asked.response.content.isEmpty && printed.isEmpty)
      if asked.response.reasoning?.isEmpty == false { reasoned += 1 }
    }
    #expect(reasoned > 0)
    let plain = try completion.run("hello", chat: false, options: options) { _ in }
    #expect(plain.response.reasoning == nil && !plain.response.content.isEmpty)
  }
}

import Foundation
import Generation
import Mneme
import TestSupport
import Testing

@Suite("The context is what the template renders")
struct RenderedContextTests {
  /// What the user says, what the model thinks, and what it answers.
  private static let talk: [(asked: String, thought: String?, answer: String)] = [
    ("My boat is called Tarn.", nil, "Good."),
    ("How much is two and two?", "Let me see.\n2 + 2 = 4", "Four."),
    ("Is <think> a mark?", nil, "  It is, and\nso is </end>. \n"),
    ("Sure?", "Yes.", "Quite, Grüße.  "), ("My cat is called Mirlo.", nil, "x"),
  ]

  @Test(
    "Live, and saved and loaded, a conversation is the same", arguments: TalkingHost.names,
    [nil, "Be brief."])
  func liveAndLoaded(name: String, instructions: String?) async throws {
    let host = try TalkingHost(name)
    let live = host.session(instructions: instructions)
    let folder = try TemporaryFolder()
    func loaded() async throws -> ChatSession {
      let path = folder.path("\(UUID().uuidString).json")
      try await live.transcript.write(to: path)
      let session = host.session()
      await session.load(try Transcript.read(from: path))
      return session
    }
    for (asked, thought, answer) in Self.talk {
      let label: Comment = "\(name): \(asked)"
      _ = try await live.say(host.reply(thought, answer), to: asked)
      let expected = host.rendering(await live.transcript)
      #expect(await live.contextTokens == expected, label)
      #expect(await live.cached == expected, label)
      #expect(try await loaded().contextTokens == expected, label)
    }
    let other = try await loaded()
    for message in ["And now?", "And then?"] {
      let (a, b) = (try await live.respond(to: message), try await other.respond(to: message))
      #expect(await live.lastPrompt == other.lastPrompt, "\(name)")
      #expect(a.tokens == b.tokens, "\(name)")
      #expect(a.content == b.content && a.reasoning == b.reasoning, "\(name)")
      #expect(await live.cached == other.cached, "\(name)")
    }
  }

  @Test("A prompt is the rendering of the whole conversation", arguments: TalkingHost.names)
  func prompts(name: String) async throws {
    let host = try TalkingHost(name)
    let session = host.session(instructions: "Be brief.")
    var messages = [ChatMessage(role: .system, content: "Be brief.")]
    for (asked, thought, answer) in Self.talk {
      messages.append(ChatMessage(role: .user, content: asked))
      let response = try await session.say(host.reply(thought, answer), to: asked)
      let whole = host.model.template.encode(messages, addGenerationPrompt: true)
      #expect(await session.lastPrompt.tokens == whole.tokens, "\(name): \(asked)")
      messages.append(
        ChatMessage(
          role: .assistant, content: response.content, reasoning: response.reasoning))
    }
  }

  @Test("Each statement is learned once, whatever is read again", arguments: TalkingHost.names)
  func learnedOnce(name: String) async throws {
    let host = try TalkingHost(name)
    let session = host.session()
    let record = await session.recordCommits()
    for (asked, thought, answer) in Self.talk {
      _ = try await session.say(host.reply(thought, answer), to: asked)
    }
    try await session.respond(to: "Thanks!")
    let learned = host.text(record.learnable)
    for said in ["My boat is called Tarn.", "My cat is called Mirlo."] {
      #expect(learned.ranges(of: said).count == 1, "\(name): \(learned)")
    }
    for other in ["two", "Four", "Quite", "2 + 2", "Good"] {
      #expect(!learned.contains(other), "\(name): \(learned)")
    }
  }

  @Test("Undo, another reply and another system prompt leave what the template renders")
  func changes() async throws {
    for name in ["thinking", "opening", "keeping", "deepseek-r1", "qwen3", "mistral-nemo"] {
      let host = try TalkingHost(name)
      let session = host.session()
      for (asked, thought, answer) in Self.talk.prefix(3) {
        _ = try await session.say(host.reply(thought, answer), to: asked)
      }
      try await session.undo()
      try await session.redo()
      #expect(await session.contextTokens == host.rendering(await session.transcript), "\(name)")
      try await session.undo()
      try await session.regenerate()
      #expect(await session.cached == host.rendering(await session.transcript), "\(name)")
      await session.setInstructions("Be kind.")
      try await session.respond(to: "Well?")
      #expect(await session.cached == host.rendering(await session.transcript), "\(name)")
    }
  }
}

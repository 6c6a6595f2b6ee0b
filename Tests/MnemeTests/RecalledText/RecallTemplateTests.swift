import Foundation
import Generation
import Memory
import Mneme
import TestSupport
import Testing
import Transformer

/// One conversation under every chat template: a fact is told in one session, and asked for in another.
///
/// The models' weights are random. They cannot answer; what counts is which tokens they read.
@Suite("Recalled text under every chat template")
struct RecallTemplateTests {
  fileprivate static let fact = "My hamster is called Pelorin."
  fileprivate static let question = "What is my hamster called?"
  private static let history = [
    ChatMessage(role: .user, content: "Where is Norway?"),
    ChatMessage(role: .assistant, content: "In the north."),
  ]

  static let published = [
    "chatml", "deepseek-r1", "deepseek-v2", "gemma2", "gemma3", "llama2", "llama3", "llama31",
    "mistral-nemo", "mistral-v1", "mistral-v3", "mneme", "phi3", "qwen2", "qwen25", "qwen3",
    "smollm2", "zephyr",
  ]

  @Test("A model file's own template", arguments: published)
  func ofFile(name: String) async throws { try await check(RecallHost(template: name)) }

  @Test("A built-in form", arguments: ChatTemplate.Family.allCases)
  func builtIn(family: ChatTemplate.Family) async throws {
    try await check(RecallHost(form: family))
  }

  @Test(
    "A model of another architecture",
    arguments: [("qwen2", "qwen25"), ("llama3", "llama31"), ("gemma", "gemma2"), ("phi3", "phi3")])
  func architecture(name: String, template: String) async throws {
    try await check(RecallHost(architecture: name, template: template))
  }

  @Test("The templates are of all families")
  func families() throws {
    let families = try Self.published.map { try RecallHost(template: $0).model.template.family }
    #expect(
      Set(families).isSuperset(of: [.chatml, .gemma, .llama2, .llama3, .mneme, .phi3, .zephyr]))
  }

  private func check(_ host: RecallHost) async throws {
    for form in RecallForm.allCases {
      let path = try host.memory(form)
      let telling = await host.session()
      try await telling.attach(path)
      try await telling.respond(to: Self.fact)
      #expect(try await telling.saveMemories().count == 1, "\(host.name)")
      try await telling.detach(path)
      let asking = Asking(host: host, form: form, path: path)
      try await asking.check(history: [], instructions: nil)
      try await asking.check(history: Self.history, instructions: nil)
      guard form == .text else { continue }
      try await asking.check(history: [], instructions: "Be brief.")
      try await asking.check(history: Self.history, instructions: "Be brief.")
    }
  }

  /// A session that asks, with the memory of the session that told, beside one without any memory.
  private struct Asking {
    let host: RecallHost
    let form: RecallForm
    let path: String

    func check(history: [ChatMessage], instructions: String?) async throws {
      let plain = await host.session(history, instructions: instructions)
      let session = await host.session(history, instructions: instructions)
      try await session.attach(path)
      let label: Comment = "\(host.name), \(form), \(history.count) \(instructions ?? "")"
      let (before, saved) = (await session.contextText, try savedState(path))
      try await outOfScope(session, plain, label)

      try await plain.respond(to: RecallTemplateTests.question)
      let reply = try await session.respond(to: RecallTemplateTests.question)
      #expect(reply.citations.map(\.text) == [RecallTemplateTests.fact], label)
      #expect(reply.citations.first?.certainty == .sure, label)
      let (kept, asked) = (await plain.lastPrompt, await session.lastPrompt)
      try prompts(kept, asked, history, instructions, label)

      // The conversation goes on as if the fact had not been there.
      let text = await session.contextText
      #expect(!text.contains("Pelorin"), label)
      let said = [
        ChatMessage(role: .user, content: RecallTemplateTests.question),
        ChatMessage(role: .assistant, content: reply.content, reasoning: reply.reasoning),
      ]
      let rendered = PromptEncoder(template: host.model.template)
        .context(history + said, instructions: instructions)
      #expect(await session.contextTokens == rendered.tokens, label)
      try await session.respond(to: "Thanks!")
      let next = host.text(await session.lastPrompt.tokens)
      #expect(next.contains(RecallTemplateTests.question) && !next.contains("Pelorin"), label)

      try await session.undo(2)
      #expect(await session.contextText == before, label)
      #expect(await session.citations.isEmpty, label)
      try await session.saveMemories()
      #expect(try savedState(path) == saved, label)
      try await session.detach(path)
    }

    /// A message about no fact is read as without a memory, and answered as without one.
    private func outOfScope(
      _ session: ChatSession, _ plain: ChatSession, _ label: Comment
    ) async throws {
      let message = "Write a poem about the sea."
      let (both, bare) = (try await session.compare(message), try await plain.compare(message))
      #expect(both.attached.citations.isEmpty, label)
      #expect(await session.lastPrompt == plain.lastPrompt, label)
      #expect(both.attached.tokens == bare.attached.tokens, label)
    }

    /// What was read is the template's rendering of the conversation with the message that the fact was put into.
    private func prompts(
      _ kept: Prompt, _ asked: Prompt, _ history: [ChatMessage], _ instructions: String?,
      _ label: Comment
    ) throws {
      let question = RecallTemplateTests.question
      let recalled = form.text([RecallTemplateTests.fact], message: question)
      let plain = host.text(kept.tokens)
      let place = try #require(plain.ranges(of: question).last, label)
      #expect(
        host.text(asked.tokens) == plain.replacingCharacters(in: place, with: recalled), label)
      for prompt in [kept, asked] {
        let words = host.text(prompt.tokens[prompt.question])
        #expect(words.trimmingCharacters(in: .whitespacesAndNewlines) == question, label)
      }
      let system = instructions.map { [ChatMessage(role: .system, content: $0)] } ?? []
      for (prompt, content) in [(kept, question), (asked, recalled)] {
        let messages = system + history + [ChatMessage(role: .user, content: content)]
        let whole = host.model.template.encode(messages, addGenerationPrompt: true)
        #expect(prompt.tokens == whole.tokens, label)
      }
    }
  }
}

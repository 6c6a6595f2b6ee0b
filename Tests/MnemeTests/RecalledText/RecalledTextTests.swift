import Foundation
import Generation
import Memory
import Mneme
import Testing

/// Facts in scope stand as text in the user's last message, and nowhere else.
@Suite("Recalled text")
struct RecalledTextTests {
  private func chat() throws -> TinyChat { try TinyChat.shared.get() }

  /// A session with an episodic memory whose facts reach the model as text.
  private func session(telling facts: [String] = []) async throws -> ChatSession {
    let chat = try chat()
    let path = chat.freshPath()
    let setting = try #require(ModuleSetting(parsing: "episodic.readout=text"))
    let memory = try chat.model.createMemory([.episodic], settings: [setting])
    try memory.save(to: path)
    let session = chat.session(context: 400)
    try await session.attach(path)
    for fact in facts { try await session.remember(fact) }
    return session
  }

  @Test("A question about a fact is answered from it, and the reply cites it")
  func cites() async throws {
    let session = try await session(telling: ["My hamster is called Pelorin."])
    let plain = try await chat().session(context: 400).respond(to: "What is my hamster called?")
    let reply = try await session.respond(to: "What is my hamster called?")
    let citation = try #require(reply.citations.first)
    #expect(citation.text == "My hamster is called Pelorin.")
    #expect(citation.certainty == .sure)
    #expect(citation.id.count == 12 && citation.time > 0)
    #expect(citation.use == .prompt && citation.scope > 0 && citation.scope <= 1)
    #expect(citation.evidence["overlap"].map { $0 > 0 } == true)
    #expect(await session.citations == reply.citations)
    #expect(reply.timings.promptTokens > plain.timings.promptTokens)
    #expect(reply.tokens != plain.tokens)
  }

  @Test("What stood in the prompt, and what was only shown, is told apart")
  func uses() async throws {
    let text = try #require(ModuleSetting(parsing: "episodic.readout=text"))
    let both = try chat().session(context: 400)
    for name in ["Pelorin", "Vosk"] {
      let path = try chat().freshPath()
      try chat().model.createMemory([.episodic], settings: [text]).save(to: path)
      let teller = try chat().session(context: 400)
      try await teller.attach(path)
      try await teller.remember("My hamster is called \(name).")
      try await teller.detach(path)
      try await both.attach(path)
    }
    let reply = try await both.respond(to: "What is my hamster called?")
    #expect(reply.citations.map(\.certainty) == [.sure, .sure])
    #expect(reply.citations.map(\.use) == [.prompt, .shown])
    // Where facts reach the model by mixing, none stands in the prompt.
    let path = try chat().freshPath()
    let setting = try #require(ModuleSetting(parsing: "episodic.readout=votes"))
    try chat().model.createMemory([.episodic], settings: [setting]).save(to: path)
    let mixing = try chat().session(context: 400)
    try await mixing.attach(path)
    try await mixing.remember("My hamster is called Pelorin.")
    let mixed = try await mixing.respond(to: "What is my hamster called?")
    #expect(mixed.citations.map(\.use) == [.memory])
  }

  @Test("Recalled text is gone from the context after the reply, and is not learned")
  func leavesNoTrace() async throws {
    let session = try await session(telling: ["My hamster is called Pelorin."])
    let entries = try #require(await session.memories.first).modules.map(\.entries)
    try await session.respond(to: "What is my hamster called?")
    let context = await session.contextText
    #expect(!context.contains("Pelorin.") && context.contains("hamster"))
    #expect(try #require(await session.memories.first).modules.map(\.entries) == entries)
    // The cache holds what it would hold without a memory: the plain message and the reply.
    let reply = try #require(await session.transcript.entries.last).content
    let plain = PromptEncoder(template: try chat().model.template).context(
      [
        ChatMessage(role: .user, content: "What is my hamster called?"),
        ChatMessage(role: .assistant, content: reply),
      ], instructions: nil)
    #expect(await session.cached == plain.tokens && !reply.isEmpty)
  }

  @Test("Out of scope the reply is the plain model's, token for token")
  func outOfScope() async throws {
    let session = try await session(telling: ["My hamster is called Pelorin."])
    for message in ["Write a poem about the sea.", "What is the tallest mountain?", "Thanks!"] {
      let both = try await session.compare(message)
      #expect(both.attached.tokens == both.detached.tokens, "\(message)")
      #expect(both.attached.citations.isEmpty, "\(message)")
    }
  }

  @Test("A question about the user that memory knows nothing of is said to be unknown")
  func unknown() async throws {
    let session = try await session(telling: ["My hamster is called Pelorin."])
    #expect(try await session.respond(to: "Which instrument do I play?").isUnknown)
    #expect(try await !session.respond(to: "How deep is the ocean?").isUnknown)
    #expect(try await !session.respond(to: "What is my hamster called?").isUnknown)
    let bare = try chat().session()
    #expect(try await !bare.respond(to: "Which instrument do I play?").isUnknown)
  }

  @Test("Undone and forgotten facts are not recalled")
  func forgotten() async throws {
    let session = try await session(telling: ["My hamster is called Pelorin."])
    try await session.remember("My locker is number 374.")
    try await session.undo()
    #expect(try await session.respond(to: "What is the number of my locker?").citations.isEmpty)
    let told = try #require(try await session.recall("What is my hamster called?").first)
    try await session.forget(fact: told.recalled.fact.handle)
    #expect(try await session.respond(to: "What is my hamster called?").citations.isEmpty)
  }

  @Test("A reply is regenerated from the same facts, and undone with what was learned")
  func regenerates() async throws {
    let session = try await session(telling: ["My hamster is called Pelorin."])
    let first = try await session.respond(to: "What is my hamster called?")
    let again = try await session.regenerate()
    #expect(again.tokens == first.tokens && again.citations == first.citations)
  }

  @Test("Every form keeps the message as it is, and ends the fact")
  func forms() {
    for form in RecallForm.allCases {
      let text = form.text(["my boss is\n called Fergal"], message: "Who is  my boss?")
      #expect(text.contains("Who is  my boss?"), "\(form)")
      #expect(text.contains("my boss is called Fergal."), "\(form)")
    }
    #expect(RecallForm.plain.text(["A.", "B"], message: "C?") == "A. B. C?")
  }

  @Test("In the prompt the question is the user's own words, in every form and template")
  func narrowed() throws {
    let model = try chat().model
    for family in ChatTemplate.Family.allCases {
      let template = ChatTemplate(family: family, tokenizer: model.tokenizer)
      let encoder = PromptEncoder(template: template)
      for form in RecallForm.allCases {
        let words = "what is it called"
        let text = form.text(["the hamster is called Pelorin"], message: words)
        let prompt = encoder.prompt(text, after: [], instructions: nil)
          .narrowed(to: words, tokenizer: model.tokenizer)
        let asked = model.tokenizer.decode(Array(prompt.tokens[prompt.question]))
        #expect(asked.contains(words) && !asked.contains("Pelorin"), "\(family) \(form): \(asked)")
      }
    }
  }
}

@Suite("Which words of a fact answer a question")
struct AnswerWordsTests {
  @Test(
    "Those that are not the question's and do not hold the sentence together",
    arguments: [
      ("My dog is called Bozkif.", "What is my dog called?", ["Bozkif"]),
      (
        "we've settled in Basel by now (at last)", "Where have we settled?",
        ["Basel", "now", "last"]
      ),
      (
        "My number is 555-0173, my mail t.r@fjord.no!", "what's my mail",
        ["number", "555-0173", "t.r@fjord.no"]
      ),
      ("My dogs are Bo and Bo", "Which dog do I have?", ["Bo"]),
      ("It is mine.", "Is it mine?", []),
    ])
  func words(fact: String, question: String, expected: [String]) {
    #expect(RecalledText.answerWords(of: [fact], question: question) == expected)
  }
}

import Foundation
import Memory
import MemoryModules
import Mneme
import MnemeEvaluation
import TestSupport
import Testing

/// Facts through the public library: told in a chat, recalled, replaced, forgotten, measured.
@Suite("Facts in a chat")
struct FactTests {
  private func chat() throws -> TinyChat { try TinyChat.shared.get() }

  private func session() async throws -> ChatSession {
    let session = try chat().session()
    try await session.attach(try chat().freshPath(), modules: [.episodic, .neighbor])
    return session
  }

  @Test("A remembered statement is a fact, found by a question")
  func remember() async throws {
    let session = try await session()
    let report = try await session.remember("the capital of Zumbaru is Trillo.")
    #expect(report.fact?.count == 12)
    #expect(report.replaced == nil)
    let found = try await session.recall("the capital of Zumbaru is")
    #expect(found.first?.recalled.fact.text == "the capital of Zumbaru is Trillo.")
    #expect(found.first?.recalled.fact.provenance.source == "remember")
    #expect(found.first?.recalled.isInScope == true)
    #expect(try await session.recall("nothing like it, whatsoever").isEmpty)
  }

  @Test(
    "Said again with another answer it replaces the old one in every module; undo brings that back")
  func replace() async throws {
    let session = try await session()
    try await session.remember("the capital of Zumbaru is Trillo.")
    let entries = try #require(await session.memories.first).modules.map(\.entries)
    let report = try await session.remember("the capital of Zumbaru is Quimby.")
    #expect(report.replaced?.map(\.text) == ["the capital of Zumbaru is Trillo."])
    let after = try #require(await session.memories.first).modules.map(\.entries)
    #expect(after == entries, "one fact of the same length, in both modules")
    try await session.undo()
    let found = try await session.recall("the capital of Zumbaru is")
    #expect(found.map(\.recalled.fact.text) == ["the capital of Zumbaru is Trillo."])
  }

  @Test("Forgetting is a step that undo takes back; unknown numbers are refused")
  func forget() async throws {
    let session = try await session()
    try await session.remember("the capital of Zumbaru is Trillo.")
    let path = try #require(await session.memories.first?.path)
    try await session.saveMemories()
    let before = try savedState(path)
    await #expect(throws: MemoryError.self) { try await session.forget(fact: "0000") }
    let told = try #require(try await session.recall("the capital of Zumbaru is").first)
    let report = try await session.forget(fact: told.recalled.fact.handle)
    #expect(report.facts.map(\.id) == [0])
    #expect(report.unable.isEmpty)
    try await session.saveMemories()
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)).range(of: Data("Trillo".utf8)) == nil)
    #expect(try await session.recall("the capital of Zumbaru is").isEmpty)
    try await session.undo()
    try await session.saveMemories()
    #expect(try savedState(path) == before)
  }

  @Test("Without a memory that keeps facts there is one clear error")
  func noFacts() async throws {
    let bare = try chat().session()
    await #expect(throws: ChatError.self) { _ = try await bare.recall("x") }
    let session = try chat().session()
    try await session.attach(try chat().freshPath(), modules: [.neighbor])
    await #expect(throws: MemoryError.self) { _ = try await session.recall("x") }
    await #expect(throws: MemoryError.self) { try await session.forget(fact: "0000") }
  }

  @Test("Edits: written facts are generated, neighbours untouched, forgotten ones gone")
  func edits() throws {
    let edits = [("Zumbaru", "Trillo"), ("Kalumi", "Quimby"), ("Dorwen", "Halpit")].map {
      KnowledgeEdit(
        prompt: "the capital of \($0.0) is", new: $0.1, old: "xyz",
        paraphrases: ["\($0.0), of which the capital is"],
        neighbours: ["how much wood could be chopped by", "once there was"])
    }
    let measurement = EditMeasurement(model: try chat().model, forgets: 2)
    let report = try measurement.run(edits, source: "test")
    #expect(report.edits == 3)
    #expect(Set(report.arms.keys) == ["detached", "in-prompt", "single", "together"])
    for name in ["single", "together"] {
      let arm = try #require(report.arms[name])
      #expect(arm.edit.exact_match == 1, "\(name)")
      #expect(arm.edit.success == 1)
      #expect(arm.edit.prompts == 3)
      #expect(arm.paraphrase.exact_match == 1)
      #expect(arm.neighbourhood.unchanged == 1)
      #expect(arm.neighbourhood.prompts == 6)
      #expect((arm.write_ms ?? 0) > 0)
    }
    let detached = try #require(report.arms["detached"])
    #expect(detached.edit.unchanged == 1)
    #expect(detached.edit.exact_match == 0)
    #expect(report.arms["in-prompt"]?.edit.unchanged == 0)
    let test = try #require(report.forgetting)
    #expect(test.facts == 3)
    #expect(test.forgotten == 2)
    #expect(test.forgotten_recall == 0)
    #expect(test.retained_recall == 1)
    #expect(throws: EvaluationError.self) { _ = try measurement.run([], source: "none") }
  }

  @Test("Where facts reach the model as text, edits are asked in a chat")
  func chatEdits() throws {
    let chat = try chat()
    let settings = ["episodic.readout=text", "episodic.form=use"].compactMap {
      ModuleSetting(parsing: $0)
    }
    let adapter = try TinyChat.adapter(chat.tiny.model).applying(
      settings, model: chat.tiny.model, registry: .standard)
    #expect(settings.count == 2)
    let path = chat.folder.path("text.safetensors")
    try adapter.save(to: path)
    let edits = [("hamster", "Pelorin"), ("parrot", "Quimby")].map {
      KnowledgeEdit(
        prompt: "My \($0.0) is called", new: $0.1, old: "xyz",
        paraphrases: ["What is my \($0.0) called?"],
        neighbours: ["how much wood could be chopped by"])
    }
    let report = try EditMeasurement(
      model: chat.model, contextLength: 400, adapter: path, forgets: 2
    )
    .run(edits, source: "test")
    #expect(report.form == .use)
    // A question about the fact has it in the message, what is not about it has not.
    for name in ["single", "together"] {
      let arm = try #require(report.arms[name])
      #expect(arm.paraphrase.prompts == 2 && arm.paraphrase.unchanged == 0, "\(name)")
      #expect(arm.neighbourhood.unchanged == 1, "\(name)")
    }
    let prompted = try #require(report.arms["in-prompt"])
    #expect(prompted.edit.unchanged == 0 && prompted.neighbourhood.unchanged == 0)
    #expect(report.forgetting?.forgotten == 1)
    let votes = try EditMeasurement(model: chat.model, forgets: 0).run(edits, source: "test")
    #expect(votes.form == nil)
  }

  @Test("A rewrite ends with the second answer")
  func rewrites() throws {
    let edit = KnowledgeEdit(
      prompt: "the capital of Zumbaru is", new: "Trillo", old: "Quimby", isRewrite: true)
    let report = try EditMeasurement(model: try chat().model, forgets: 0).run(
      [edit], source: "test")
    #expect(report.arms["single"]?.edit.exact_match == 1)
    #expect(report.arms["together"]?.edit.success == 1)
    #expect(report.forgetting == nil)
  }
}

import Foundation
import Memory
import Mneme
import MnemeEvaluation
import TestSupport
import Testing
import Transformer

@Suite("Asking a question")
struct QuestionRunnerTests {
  private let chat: TinyChat

  init() throws { chat = try TinyChat.shared.get() }

  private func ask(
    _ question: Question, told: [ContextPiece] = [], form: ContextForm = .turns,
    recalled: String? = nil, context: Int = 128
  ) throws -> ABReport.Outcome {
    try QuestionRunner(
      tokenizer: chat.model.tokenizer, template: chat.model.template, stop: chat.model.stopTokens,
      sampling: GenerationOptions.greedy.sampling, maximumTokens: 4
    ).ask(
      question, told: told, form: form, recalled: recalled, index: 0,
      in: TransformerSession(model: chat.model.transformer, contextLength: context))
  }

  private let question = Question("what is my dog called?", ["bozkif"], wrong: ["mirlo"])

  @Test("A context that is full keeps the latest pieces, and the end of the one that fits in part")
  func fitting() throws {
    let pieces = (0..<12).map { ContextPiece("the boat number \($0) is here") }
    let all = try ask(question, told: pieces, context: 1024)
    let some = try ask(question, told: pieces, context: 128)
    let none = try ask(question, context: 128)
    let whole = try #require(all.contextTokens)
    let part = try #require(some.contextTokens)
    #expect(part < whole && part > 20)
    #expect(none.contextTokens == nil)
    // One long piece: its end alone is what stands there.
    let words = (0..<200).map { "w\($0)" }
    let long = try ask(question, told: [ContextPiece(words.joined(separator: " "))], context: 128)
    let kept = try #require(long.contextTokens)
    #expect(kept > 40)
    let ends = (1..<60).map { ContextPiece(words.suffix($0).joined(separator: " ")) }
    let same = try ends.contains { end in
      let outcome = try ask(question, told: [end], context: 128)
      return outcome.contextTokens == kept && outcome.nll == long.nll
    }
    #expect(same)
  }

  @Test(
    "As text in the message, told pieces are what a memory's recalled text is; replies are left out",
    arguments: RecallForm.allCases)
  func message(form: RecallForm) throws {
    let facts = ["my dog is called bozkif.", "my cat is called mirlo"]
    let pieces = facts.map { ContextPiece($0, reply: "okay.") }
    func ask(
      _ told: [ContextPiece] = [], _ form: ContextForm = .turns, recalled: String? = nil
    ) throws -> ABReport.Outcome {
      try self.ask(question, told: told, form: form, recalled: recalled, context: 512)
    }
    let given = try ask(pieces, .message(form))
    let recalled = try ask(recalled: form.text(facts, message: question.prompt))
    #expect(given.nll == recalled.nll && given.text == recalled.text)
    #expect(given.nll != (try ask(pieces).nll))
    #expect(given.nll != (try ask().nll))
    // Without any piece the message is the plain one.
    #expect(try ask([], .message(form)).nll == (try ask().nll))
    #expect(try ask([], .message(form)).contextTokens == nil)
  }

  @Test("In a message, too, a full context keeps the latest pieces")
  func fullMessage() throws {
    let pieces = (0..<12).map { ContextPiece("the boat number \($0) is here") }
    let form = ContextForm.message(.plain)
    let some = try #require(try ask(question, told: pieces, form: form).contextTokens)
    let all = try #require(try ask(question, told: pieces, form: form, context: 1024).contextTokens)
    #expect(some < all && some > 20)
  }

  @Test("A reply to an unrelated question is compared with the plain model's, and nothing else is")
  func unrelated() throws {
    let unrelated = Question("what is a boat?", [])
    let plain = try ask(unrelated)
    #expect(plain.unchanged == 1)
    #expect(plain.contains == nil && plain.nll == nil && plain.leak == nil && plain.tokens == 0)
    let told = [ContextPiece("my dog is called bozkif.")]
    for form in [ContextForm.turns, .message(.text)] {
      #expect(try ask(unrelated, told: told, form: form).unchanged == 0)
    }
    #expect(try ask(question).unchanged == nil)
  }

  @Test("A wrong answer beside the right one is no answer; success compares their likelihoods")
  func scoring() throws {
    let outcome = try ask(question)
    let swapped = try ask(Question(question.prompt, ["mirlo"], wrong: ["bozkif"]))
    #expect(outcome.success != nil && swapped.success != nil)
    #expect((outcome.success ?? 0) + (swapped.success ?? 0) == 1)
    #expect(outcome.tokenNLL?.count == outcome.tokens)
    let mean = (outcome.tokenNLL ?? []).reduce(0, +) / Double(max(1, outcome.tokens))
    #expect(abs((outcome.nll ?? 0) - mean) < 1e-12)
    // What it says anyway, declared wrong, leaks and spoils the answer.
    let text = try #require(outcome.text)
    let spoiled = try ask(Question(question.prompt, ["bozkif"], wrong: [text]))
    if !AnswerText.words(text).isEmpty {
      #expect(spoiled.leak == 1 && spoiled.contains == 0)
    }
  }

  @Test("Of what was forgotten only the leak is told")
  func forgotten() throws {
    let outcome = try ask(
      Question(question.prompt, ["bozkif"], wrong: ["bozkif"], isForgotten: true))
    #expect(outcome.leak == 0)
    #expect(outcome.nll == nil && outcome.contains == nil && outcome.success == nil)
    #expect(outcome.exactMatch == nil && outcome.f1 == nil && outcome.tokenNLL == nil)
  }

  @Test("A question that does not fit is an error with its number and its length")
  func tooLong() throws {
    let long = Question(String(repeating: "word ", count: 100), ["a"])
    #expect(throws: EvaluationError.self) { try ask(long, context: 64) }
  }
}

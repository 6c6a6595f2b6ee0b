import Foundation
import Generation
import Memory
import Tensors
import Tokenization
import Transformer

/// The plain model with a fact before it: what fast weights learn to do without the fact (context distillation).
struct FactTeacher {
  /// The longest answer, tokens.
  private static let longest = 24

  let model: LanguageModel
  private let session: TransformerSession
  private let form: RecallForm
  /// For the hidden states of answers.
  private let pass: GradientPass

  init(model: LanguageModel, form: RecallForm) {
    self.model = model
    self.form = form
    session = TransformerSession(
      model: model.transformer, contextLength: min(1024, model.contextLength))
    pass = GradientPass(model: model.transformer, points: [], context: session.contextLength)
  }

  /// A lesson about a fact; nil where the model does not answer with what the fact says.
  func lesson(_ fact: Fact, text: String, question: String) throws -> FactLesson? {
    let words = RecalledText.answerWords(of: [text], question: question)
    for form in [form, .use, .text, .plain] {
      let told = prompt(form.text([text], message: question))
      let answer = try reply(to: told)
      let said = model.tokenizer.decode(answer).lowercased()
      // It says a word that only the fact has.
      guard words.contains(where: { said.contains($0.lowercased()) }) else { continue }
      return lesson(fact.handle, told: told, asked: prompt(question), answer: answer)
    }
    return nil
  }

  /// A lesson in staying as one is: the plain model's own answer to what concerns no fact.
  func unrelated(_ message: String) throws -> FactLesson {
    let asked = prompt(message)
    return lesson(nil, told: asked, asked: asked, answer: Array(try reply(to: asked).prefix(16)))
  }

  private func prompt(_ message: String) -> [Int32] {
    model.template.encode(
      [ChatMessage(role: .user, content: message)], addGenerationPrompt: true
    ).tokens
  }

  /// The most probable answer, with the token that ends it.
  private func reply(to prompt: [Int32]) throws -> [Int32] {
    let common = max(0, min(session.tokens.commonPrefix(with: prompt), prompt.count - 1))
    session.truncate(to: common)
    var logits = try session.forward(Array(prompt[common...]), logits: .last)
    var answer: [Int32] = []
    while answer.count < Self.longest {
      let token = logits.withRow(logits.rows - 1) { row in
        row.baseAddress.map { Int32(LinearAlgebra.indexOfMaximum($0, count: row.count)) } ?? 0
      }
      answer.append(token)
      if model.tokenizer.special.endOfGeneration.contains(token) { break }
      logits = try session.forward([token], logits: .last)
    }
    return answer
  }

  private func lesson(
    _ handle: String?, told: [Int32], asked: [Int32], answer: [Int32]
  ) -> FactLesson {
    let rows = (0..<answer.count).map { told.count - 1 + $0 }
    let states = pass.hiddenStates(of: [(told + answer.dropLast(), rows)])
    return FactLesson(handle: handle, prompt: asked, answer: answer, states: states[0])
  }
}

import Foundation
import Generation
import Memory
import Tensors
import Tokenization
import Transformer

/// The plain model with a fact before it: what fast weights learn to do without the fact (context distillation).
///
/// The reply to a question is the fact, told back to the user; the model with the fact before it is led along it, and its
/// predictions there are learned beside the words.
struct FactTeacher {
  /// Tokens of the plain model's own replies to what concerns no fact.
  private static let longestUnrelated = 12
  /// Tokens of a told fact, at most.
  private static let longest = 64

  let model: LanguageModel
  private let form: RecallForm
  /// For the hidden states of answers.
  private let pass: GradientPass

  init(model: LanguageModel, form: RecallForm) {
    self.model = model
    self.form = form
    pass = GradientPass(
      model: model.transformer, points: [], context: min(2048, model.contextLength))
  }

  /// Lessons about a fact, one a question.
  ///
  /// - Parameters:
  ///   - statement: the fact in words.
  ///   - isLed: whether the model with the fact before it is asked for its predictions.
  func lessons(
    _ fact: Fact, _ statement: String, questions: [String], isLed: Bool
  ) -> [FactLesson] {
    let text = ToldBack(statement).text
    let reply = model.tokenizer.encode(text, addBOS: false, parseSpecial: false)
    let answer = Array(reply.prefix(Self.longest)) + (ending.map { [$0] } ?? [])
    return lessons(
      fact.handle,
      questions.map { question in
        (prompt(form.text([statement], message: question)), prompt(question), answer)
      }, isLed: isLed)
  }

  /// Lessons in staying as one is: the plain model's own answers to what concerns no fact.
  func unrelated(_ messages: [String]) throws -> [FactLesson] {
    let session = TransformerSession(
      model: model.transformer, contextLength: min(1024, model.contextLength))
    let told = try messages.map { message in
      let asked = prompt(message)
      return (asked, asked, try reply(to: asked, in: session))
    }
    return lessons(nil, told, isLed: true)
  }

  private func prompt(_ message: String) -> [Int32] {
    model.template.encode(
      [ChatMessage(role: .user, content: message)], addGenerationPrompt: true
    ).tokens
  }

  /// The token that ends a reply.
  private var ending: Int32? {
    let special = model.tokenizer.special
    return special.eot ?? special.eos ?? special.endOfGeneration.min()
  }

  /// The most probable answer, with the token that ends it.
  private func reply(to prompt: [Int32], in session: TransformerSession) throws -> [Int32] {
    let common = max(0, min(session.tokens.commonPrefix(with: prompt), prompt.count - 1))
    session.truncate(to: common)
    var logits = try session.forward(Array(prompt[common...]), logits: .last)
    var answer: [Int32] = []
    while answer.count < Self.longestUnrelated {
      let token = logits.withRow(logits.rows - 1) { row in
        row.baseAddress.map { Int32(LinearAlgebra.indexOfMaximum($0, count: row.count)) } ?? 0
      }
      answer.append(token)
      if model.tokenizer.special.endOfGeneration.contains(token) { break }
      logits = try session.forward([token], logits: .last)
    }
    return answer
  }

  private func lessons(
    _ handle: String?, _ asked: [(told: [Int32], prompt: [Int32], answer: [Int32])], isLed: Bool
  ) -> [FactLesson] {
    guard isLed else {
      return asked.map { FactLesson(handle: handle, prompt: $0.prompt, answer: $0.answer) }
    }
    let states = pass.hiddenStates(
      of: asked.map { item in
        let rows = item.answer.indices.map { item.told.count - 1 + $0 }
        return (item.told + item.answer.dropLast(), rows)
      })
    return zip(asked, states).map {
      FactLesson(handle: handle, prompt: $0.prompt, answer: $0.answer, states: $1)
    }
  }
}

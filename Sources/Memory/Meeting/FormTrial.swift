import Foundation
import Generation
import Tokenization
import Transformer

/// Finds the form of recalled text a model answers best from, by letting it answer.
///
/// Likelihood would be quicker and is misleading: a form can make the answer probable and the reply start with something
/// else.
struct FormTrial {
  /// A fact, a question about it, and what an answer contains.
  private struct Item {
    let fact: String
    let question: String
    let answer: String
  }

  /// Of the kind that small models like to refuse ("I don't have access to personal information") or only repeat.
  private static let items = [
    Item(
      fact: "My customer number is 88-1204", question: "What is my customer number?",
      answer: "88-1204"),
    Item(
      fact: "my supervisor is this woman named Odalys",
      question: "What is my supervisor called?", answer: "Odalys"),
    Item(
      fact: "The eye doctor's appointment is on Friday at 4.",
      question: "When is my eye doctor's appointment?", answer: "Friday"),
    Item(
      fact: "I'm allergic to strawberries", question: "what am i allergic to",
      answer: "strawberr"),
    Item(
      fact: "Our caretaker, Mr. Adebayo, keeps the ladder.", question: "Who keeps the ladder?",
      answer: "Adebayo"),
    Item(
      fact: "I take my tea with honey, no milk", question: "How do I take my tea?",
      answer: "honey"),
  ]

  /// In the order in which small models did well with them; the first of equals wins.
  private static let forms: [RecallForm] = [.text, .fact, .use, .plain, .earlier]
  /// Tokens of one answer.
  private static let length = 20

  let model: TransformerModel
  let tokenizer: any Tokenizer
  let template: ChatTemplate

  /// The form with the most right answers.
  func best(progress: (Double) -> Void) -> RecallForm {
    let items = Self.items.prefix(model.isLarge ? 2 : Self.items.count)
    let session = TransformerSession(
      model: model, contextLength: min(512, model.configuration.contextLength))
    var best = (form: Self.forms[0], right: -1)
    for (number, form) in Self.forms.enumerated() {
      var right = 0
      for (place, item) in items.enumerated() where right + items.count - place > best.right {
        if isRight(item, form, session) { right += 1 }
      }
      if right > best.right { best = (form, right) }
      progress(Double(number + 1) / Double(Self.forms.count))
    }
    return best.form
  }

  private func isRight(_ item: Item, _ form: RecallForm, _ session: TransformerSession) -> Bool {
    let message = ChatMessage(
      role: .user, content: form.text([item.fact], message: item.question))
    let prompt = template.encode([message], addGenerationPrompt: true).tokens
    // What the last prompt has in common with this one, the system prompt above all, is in the cache.
    let common = min(session.tokens.commonPrefix(with: prompt), prompt.count - 1)
    session.truncate(to: max(0, common))
    var generator = TokenGenerator(
      session: session, sampler: Sampler(.greedy), stop: tokenizer.special.endOfGeneration,
      maximumTokens: Self.length)
    guard (try? generator.begin(prompt: Array(prompt[max(0, common)...]))) != nil else {
      return false
    }
    var said: [Int32] = []
    while let token = try? generator.next() {
      said.append(token.id)
      if tokenizer.decode(said).contains(item.answer) { return true }
    }
    return false
  }
}

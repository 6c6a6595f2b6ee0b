import Mneme
import Transformer

/// How the control arms put told texts into the context.
struct ContextChoice: Sendable, Equatable {
  /// The form.
  var form = ContextForm.turns
  /// The most texts that are retrieved; nil for as many as the budget takes.
  var pieces: Int?
}

/// Finds the form in which a model answers best from told texts, and how many of them it answers best from, by letting
/// it answer: a control is only fair in the form that suits the model.
///
/// Small chat models reply "Okay." to everything after turns that were replied to so, and models that were trained on
/// such turns do not answer from quotations.
struct ContextTrial {
  /// A told text, a question about it, and the answer.
  private struct Item {
    let text: String
    let question: String
    let answer: String
  }

  private static let items = [
    Item(
      text: "My parrot is called Ozlem.", question: "What is my parrot called?", answer: "Ozlem"),
    Item(
      text: "The code of Vardun is 40716.", question: "What is the code of Vardun?",
      answer: "40716"),
    Item(
      text: "my uncle Bertok repairs clocks", question: "What does my uncle repair?",
      answer: "clocks"),
    Item(
      text: "The king of Melbru is Tasko.", question: "Who is the king of Melbru?", answer: "Tasko"),
    Item(
      text: "The sledge is kept in the shed.", question: "Where is the sledge?", answer: "shed"),
    Item(
      text: "I have to hand in the tax papers by Wednesday",
      question: "By when do I have to hand in the tax papers?", answer: "Wednesday"),
  ]
  /// Tokens of one answer.
  private static let length = 20
  /// How many texts the forms are compared with.
  private static let some = 3
  /// Weights from which on fewer questions are asked.
  private static let largeModel = 400_000_000

  let model: LanguageModel
  let runner: QuestionRunner
  let session: TransformerSession

  /// The form with the most right answers, turns if none has more; then the number of texts: as many as fit unless fewer
  /// get more right answers.
  func best() throws -> ContextChoice {
    let items = Self.items.prefix(
      model.transformer.weightCount > Self.largeModel ? Self.some : Self.items.count)
    var best = ContextChoice()
    var most = -1
    for form in ContextForm.allCases {
      let right = try right(items, form: form, pieces: Self.some, over: most)
      if right > most { (best.form, most) = (form, right) }
    }
    let all = try right(items, form: best.form, pieces: items.count, over: -1)
    if most > all { (best.pieces, most) = (Self.some, most) } else { most = all }
    if try right(items, form: best.form, pieces: 1, over: most) > most { best.pieces = 1 }
    return best
  }

  /// Right answers; fewer questions are asked when there cannot be more than `bar`.
  private func right(
    _ items: ArraySlice<Item>, form: ContextForm, pieces: Int, over bar: Int
  ) throws -> Int {
    let retriever = TextRetriever(chunks: Self.items.map(\.text))
    var right = 0
    for (index, item) in items.enumerated() where right + items.count - index > bar {
      try Task.checkCancellation()
      let told = retriever.best(for: item.question, budget: .max, limit: pieces) { _ in 1 }
      do {
        let outcome = try runner.ask(
          Question(item.question, [item.answer], tokens: Self.length),
          told: told.map { ContextPiece($0) }, form: form, index: index, in: session)
        right += outcome.contains == 1 ? 1 : 0
      } catch is EvaluationError {
        // A question that does not fit into a tiny context gets no right answer.
      }
    }
    return right
  }
}

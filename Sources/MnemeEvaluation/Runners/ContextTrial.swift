import Mneme
import Transformer

/// How the control arms put told texts into the context.
package struct ContextChoice: Sendable, Equatable {
  /// The form.
  package var form = ContextForm.turns
  /// The most texts that are retrieved; nil for as many as the budget takes.
  package var pieces: Int?

  /// A choice from its parts.
  package init(form: ContextForm = .turns, pieces: Int? = nil) {
    self.form = form
    self.pieces = pieces
  }
}

/// Finds the form in which a model answers best from told texts, and how many of them it answers best from, by letting
/// it answer: a control is only fair in the form that suits the model.
///
/// Small chat models reply "Okay." to everything after turns that were replied to so, and models that were trained on
/// such turns do not answer from quotations.
package struct ContextTrial {
  /// A told text, a question about it, and the answer.
  package struct Item: Sendable, Equatable {
    package let text: String
    package let question: String
    package let answer: String
  }

  /// What is told and asked.
  package static let items = [
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
    Item(
      text: "we had our boiler replaced by a firm named Ulwick",
      question: "Which firm replaced our boiler?", answer: "Ulwick"),
    Item(
      text: "The ferry to the island costs 14 euros.", question: "How much is the ferry?",
      answer: "14"),
  ]
  /// How many texts the forms are compared with.
  package static let some = 3

  private let items: ArraySlice<Item>
  private let answers: (Item, [String], ContextForm) throws -> Bool

  /// A trial.
  ///
  /// - Parameters:
  ///   - count: how many of the questions are asked.
  ///   - answers: whether the model answers an item's question when it is given texts in a form.
  package init(
    count: Int = Self.items.count,
    answers: @escaping (_ item: Item, _ texts: [String], _ form: ContextForm) throws -> Bool
  ) {
    items = Self.items.prefix(count)
    self.answers = answers
  }

  /// The form with the most right answers, turns if none has more; then the number of texts: as many as fit unless fewer
  /// get more right answers.
  package func best() throws -> ContextChoice {
    var best = ContextChoice()
    var most = -1
    for form in ContextForm.allCases {
      let right = try right(form, pieces: Self.some, over: most)
      if right > most { (best.form, most) = (form, right) }
    }
    let all = try right(best.form, pieces: Self.items.count, over: -1)
    if most > all { best.pieces = Self.some } else { most = all }
    if try right(best.form, pieces: 1, over: most) > most { best.pieces = 1 }
    return best
  }

  /// Right answers with the best texts for each question; fewer are asked when there cannot be more right ones than
  /// `bar`.
  private func right(_ form: ContextForm, pieces: Int, over bar: Int) throws -> Int {
    let retriever = TextRetriever(chunks: Self.items.map(\.text))
    var right = 0
    for (index, item) in items.enumerated() where right + items.count - index > bar {
      try Task.checkCancellation()
      let texts = retriever.best(for: item.question, budget: .max, limit: pieces) { _ in 1 }
      right += try answers(item, texts, form) ? 1 : 0
    }
    return right
  }
}

extension ContextTrial {
  /// Tokens of one answer.
  private static let length = 20
  /// Weights from which on fewer questions are asked.
  private static let largeModel = 400_000_000

  /// A trial on a model.
  init(model: LanguageModel, runner: QuestionRunner, session: TransformerSession) {
    self.init(count: model.transformer.weightCount > Self.largeModel ? Self.some : Self.items.count)
    {
      item, texts, form in
      do {
        let question = Question(item.question, [item.answer], tokens: Self.length)
        return try runner.ask(
          question, told: texts.map { ContextPiece($0) }, form: form, index: 0, in: session
        ).contains == 1
      } catch is EvaluationError {
        // A question that does not fit into a tiny context gets no right answer.
        return false
      }
    }
  }
}

import Memory
import Mneme
import Transformer

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

  /// In free wordings.
  private static let free = [
    Item(
      text: "my uncle Bertok repairs clocks", question: "What does my uncle repair?",
      answer: "clocks"),
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
    Item(
      text: "guess what, the choir elected Zenka as its chair",
      question: "Who did the choir elect?", answer: "Zenka"),
    Item(
      text: "Our meeting room is the one with the green door.",
      question: "What colour is the door of our meeting room?", answer: "green"),
    Item(
      text: "I'd rather sit by the window when I fly",
      question: "Where do I like to sit when I fly?",
      answer: "window"),
  ]

  /// What is told and asked: in free wordings, and in those that small models are trained on, in turn.
  package static let items: [Item] = {
    var random = SuiteRandom(0x5eed, "context trial")
    var values = PlainFact.Values()
    let plain = PlainFact.draw(
      free.count, values: &values, except: ["uncle"], &random
    ).map {
      Item(text: $0.statement, question: $0.question, answer: $0.value)
    }
    return zip(free, plain).flatMap { [$0, $1] }
  }()

  /// Questions that all ways are compared with; the best two are compared with the others, too.
  package static let first = 8
  /// Numbers of texts that are retrieved, about what the budget takes first.
  package static let (many, some) = (8, 3)

  /// A way of giving texts.
  private struct Way {
    var form: ContextForm
    /// How many are found for a question; nil for all there are.
    var texts: Int?
  }

  private let items: ArraySlice<Item>
  private let answers: (Item, [String], ContextForm) throws -> Bool
  private let retriever = TextRetriever(chunks: Self.items.map(\.text))

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

  /// The form with the most right answers from all texts; turns if none has more.
  package func full() throws -> ContextForm {
    try best(of: ContextForm.allCases.map { Way(form: $0) }).way.form
  }

  /// The form and the number of texts with the most right answers from texts that were found; as many as the budget takes
  /// unless fewer get more.
  package func retrieved() throws -> (form: ContextForm, pieces: Int?) {
    let forms = ContextForm.allCases
    let ways =
      forms.map { Way(form: $0, texts: Self.some) } + forms.map { Way(form: $0, texts: 1) }
    var (way, most) = try best(of: ways)
    guard way.texts == Self.some else { return (way.form, way.texts) }
    way.texts = Self.many
    return (way.form, try right(way, items, over: most - 1) >= most ? nil : Self.some)
  }

  /// The way with the most right answers, and how many; of equals the first.
  private func best(of ways: [Way]) throws -> (way: Way, right: Int) {
    var scores: [(place: Int, right: Int)] = []
    for (place, way) in ways.enumerated() {
      // What cannot come second any more is asked no further.
      let bar = scores.count < 2 ? -1 : scores[1].right
      scores.append((place, try right(way, items.prefix(Self.first), over: bar)))
      scores.sort { ($1.right, $0.place) < ($0.right, $1.place) }
    }
    let rest = items.dropFirst(Self.first)
    var best = (place: 0, right: -1)
    for (place, right) in scores.prefix(2).sorted(by: { $0.place < $1.place }) {
      let all = right + (try self.right(ways[place], rest, over: best.right - right))
      if all > best.right { best = (place, all) }
    }
    return (ways[best.place], best.right)
  }

  /// Right answers; fewer questions are asked when there cannot be more than `bar`.
  private func right(_ way: Way, _ items: ArraySlice<Item>, over bar: Int) throws -> Int {
    var right = 0
    for (asked, item) in items.enumerated() where right + items.count - asked > bar {
      try Task.checkCancellation()
      let texts =
        way.texts.map { limit in
          retriever.best(for: item.question, budget: .max, limit: limit) { _ in 1 }
        } ?? Self.items.map(\.text)
      right += try answers(item, texts, way.form) ? 1 : 0
    }
    return right
  }
}

extension ContextTrial {
  /// Tokens of one answer.
  private static let length = 20

  /// A trial on a model.
  init(model: LanguageModel, runner: QuestionRunner, session: TransformerSession) {
    self.init(count: model.transformer.isLarge ? 3 : Self.items.count) {
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

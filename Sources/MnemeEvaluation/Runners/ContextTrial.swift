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
      2 * free.count, values: &values, except: ["uncle"], &random
    ).map {
      Item(text: $0.statement, question: $0.question, answer: $0.value)
    }
    return free.enumerated().flatMap { [$1, plain[2 * $0], plain[2 * $0 + 1]] }
  }()

  /// Questions that all forms are compared with, and that numbers of texts are compared with; the best two forms are
  /// compared with the other questions, too.
  package static let (first, sized) = (9, 12)
  /// How many texts are given where not all are.
  package static let some = 3
  /// Numbers of texts that are retrieved; the first is about what the budget takes.
  private static let sizes = [8, some, 1]

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

  /// The form with the most right answers, turns if none has more; then the number of texts that are retrieved: as many as
  /// the budget takes, unless fewer get more right answers.
  package func best() throws -> ContextChoice {
    var scores: [(form: ContextForm, right: Int)] = []
    for form in ContextForm.allCases {
      scores.append((form, try right(form, items.prefix(Self.first))))
    }
    // Of equals the first stays first.
    var finalists = scores.enumerated().sorted {
      ($1.element.right, $0.offset) < ($0.element.right, $1.offset)
    }.prefix(2).sorted { $0.offset < $1.offset }.map(\.element)
    for index in finalists.indices {
      finalists[index].right += try right(finalists[index].form, items.dropFirst(Self.first))
    }
    var choice = ContextChoice()
    var most = -1
    for finalist in finalists where finalist.right > most {
      (choice.form, most) = (finalist.form, finalist.right)
    }
    most = -1
    for size in Self.sizes {
      let right = try items.prefix(Self.sized).count { item in
        try Task.checkCancellation()
        return try answers(item, found(for: item, size), choice.form)
      }
      if right > most { (choice.pieces, most) = (size, right) }
    }
    if choice.pieces == Self.sizes[0] { choice.pieces = nil }
    return choice
  }

  /// Right answers; every fourth question has all texts in the context.
  private func right(_ form: ContextForm, _ items: ArraySlice<Item>) throws -> Int {
    let all = Self.items.map(\.text)
    var right = 0
    for (place, item) in zip(items.indices, items) {
      try Task.checkCancellation()
      let texts = place % 4 == 1 ? all : found(for: item, Self.some)
      right += try answers(item, texts, form) ? 1 : 0
    }
    return right
  }

  private func found(for item: Item, _ limit: Int) -> [String] {
    retriever.best(for: item.question, budget: .max, limit: limit) { _ in 1 }
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

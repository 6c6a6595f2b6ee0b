import Memory
import MemoryModules
package import Mneme
import Transformer

/// Measures what each thing that a memory keeps is worth to the answers that are asked for later: what policies of retention are
/// trained on.
package struct RetentionStudy {
  /// What is told, and asked.
  package struct Stream: Codable, Sendable {
    /// A text, or something that a user says.
    package struct Segment: Codable, Sendable {
      package var text: String
      package var spoken: Bool?
    }

    package struct Item: Codable, Sendable {
      package var question: String
      package var answer: String
    }

    package var segments: [Segment]
    package var questions: [Item]
  }

  /// What was measured on one stream.
  package struct Log: Codable, Sendable {
    /// What is kept, in the order of arrival.
    package var things: [LoggedThing]
    /// log p of each question's answer without memory, nats.
    package var plain: [Double]
    /// How much each thing alone adds to it, [questions, things, forms], nats.
    package var worth: [[[Double]]]
  }

  private let model: LanguageModel
  private let memory: DetachableMemory
  private let session: TransformerSession
  private let runner: QuestionRunner

  /// - Parameter memory: one module that can log, empty.
  package init(model: LanguageModel, memory: DetachableMemory, contextLength: Int) {
    self.model = model
    self.memory = memory
    session = TransformerSession(model: model.transformer, contextLength: contextLength)
    runner = QuestionRunner(
      tokenizer: model.tokenizer, template: model.template,
      stop: model.tokenizer.special.endOfGeneration, sampling: .greedy, maximumTokens: 1)
  }

  /// Learns a stream and measures what each part of it is worth.
  ///
  /// - Returns: nil where the memory's module cannot be looked into.
  /// - Throws: what the model throws.
  package func run(_ stream: Stream, progress: (Double) -> Void) throws -> Log? {
    guard let module = memory.modules.first, let logging = module as? any RetentionLogging else {
      return nil
    }
    let empty = module.snapshot()
    defer { module.restore(empty) }
    let attached = try memory.attach(to: session)
    for (index, segment) in stream.segments.enumerated() {
      var learner = TextLearner(
        session: session, model: model, conversation: "\(index)", source: "stream")
      if segment.spoken ?? false {
        _ = try learner.learnStatement(segment.text, turn: 1)
      } else {
        try learner.learnDocument(
          model.tokenizer.encode(segment.text, addBOS: false, parseSpecial: false))
      }
    }
    attached.detach()
    let things = logging.logged
    let states = things.indices.map { logging.alone($0) }
    var log = Log(things: things, plain: [], worth: [])
    for (index, item) in stream.questions.enumerated() {
      let question = Question(item.question, [item.answer])
      let plain = try likelihood(question, index)
      log.plain.append(plain)
      let reading = try memory.attach(to: session, readOnly: true)
      defer { reading.detach() }
      log.worth.append(
        try states.map { forms in
          try forms.map { state in
            module.restore(state)
            return try likelihood(question, index) - plain
          }
        })
      progress(Double(index + 1) / Double(stream.questions.count))
    }
    return log
  }

  /// log p of a question's answer, nats.
  private func likelihood(_ question: Question, _ index: Int) throws -> Double {
    defer { session.reset() }
    let asked = try runner.begin(
      question, told: [], form: .turns, recalled: nil, pointer: nil, index: index, in: session)
    return -asked.scores.reduce(0, +)
  }
}

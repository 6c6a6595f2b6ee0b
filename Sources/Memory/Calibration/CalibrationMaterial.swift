import Generation
import Tensors
import Tokenization
import Transformer

/// The streams a calibration runs on, with raw activations: keys are computed later, for any choice of hook points.
struct CalibrationMaterial {
  /// Consecutive tokens after which what was written becomes readable.
  struct Segment {
    var raw: [[Float]]  // per recorded point [rows, columns]; the last is the final hidden state
    var targets: [Int32]  // [rows]
    var isLearned: [Bool]  // [rows]
    var weights: [Float]  // [rows]
    var tokens: [Int32]  // [rows + 1]
    var mode = ReadingMode.text
    var role = Role.document
  }

  /// The category of a predicted token; each has a fixed share of the total weight.
  private enum Category: Int, CaseIterable {
    case told, untold, silence, unrelated, stream

    var share: Float {
      switch self {
      case .told: 0.25
      case .untold: 0.15
      case .silence: 0.1
      case .unrelated: 0.2
      case .stream: 0.3
      }
    }
  }

  private let recorder: ActivationRecorder
  private let tokenizer: any Tokenizer
  private let template: ChatTemplate
  private let window: Int
  private(set) var episodes: [[Segment]] = []
  private var categories: [[Category]] = []

  private static let people = 12
  /// How long one text takes, in people; a sample that is generated takes about as long as a person.
  private static let textWork = 3

  init(
    recorder: ActivationRecorder, tokenizer: any Tokenizer, template: ChatTemplate, window: Int
  ) {
    self.recorder = recorder
    self.tokenizer = tokenizer
    self.template = template
    self.window = min(window, recorder.contextLength)
  }

  /// Reads the material.
  ///
  /// - Parameter progress: the share that is done, in proportion to the time it takes.
  mutating func collect(
    texts: [String], textLength: Int, progress: (Double) -> Void
  ) throws(TransformerError) {
    var generator = SplitMix64(seed: 11)
    var conversations = CalibrationConversations(seed: 7)
    let start = tokenizer.special.bos ?? 0
    var silent: [[Int32]] = []
    for text in texts {
      let tokens = tokenizer.encode(text, addBOS: false, parseSpecial: false)
      // The part after what is streamed serves as unrelated text.
      silent.append([start] + tokens.dropFirst(textLength).prefix(window / 2))
    }
    let samples = max(0, Self.people - silent.filter { $0.count > 16 }.count)
    let work = Double(samples + Self.people + Self.textWork * texts.count)
    while silent.filter({ $0.count > 16 }).count < Self.people {
      let missing = Self.people - silent.filter { $0.count > 16 }.count
      progress(Double(samples - missing) / work)
      // People's texts have a higher surprisal than the model's own samples, so some are sampled at a higher
      // temperature.
      silent.append(
        try recorder.sample(
          min(96, recorder.contextLength), start: start,
          temperature: [1, 1.25, 1.5][silent.count % 3],
          generator: &generator))
    }
    silent.removeAll { $0.count <= 16 }
    for person in 0..<Self.people {
      try addPerson(&conversations, unrelated: silent[person % silent.count])
      progress(Double(samples + person + 1) / work)
    }
    for (index, text) in texts.enumerated() {
      try addStream(
        Array(tokenizer.encode(text, addBOS: false, parseSpecial: false).prefix(textLength)),
        start: start)
      progress(Double(samples + Self.people + Self.textWork * (index + 1)) / work)
    }
    balance()
  }

  /// One person's conversations: facts stated among small talk, then questions in empty contexts.
  private mutating func addPerson(
    _ conversations: inout CalibrationConversations, unrelated: [Int32]
  ) throws(TransformerError) {
    let facts = conversations.facts(11)
    var told = Array(facts.prefix(8))
    var episode: [Segment] = []
    var kinds: [Category] = []
    func add(_ segment: Segment?, _ category: Category) {
      guard let segment else { return }
      episode.append(segment)
      kinds.append(category)
    }
    var messages: [ChatMessage] = []
    for fact in told {
      messages += [
        ChatMessage(role: .user, content: fact.statement),
        ChatMessage(role: .assistant, content: fact.acknowledgement),
      ]
      let talk = conversations.talk()
      messages += [
        ChatMessage(role: .user, content: talk.0), ChatMessage(role: .assistant, content: talk.1),
      ]
      if messages.count >= 8 {
        add(try learn(messages), .silence)
        messages = []
      }
    }
    add(try learn(messages), .silence)
    // A quarter of the facts is corrected later.
    messages = []
    for index in [1, 5] where index < told.count {
      told[index] = conversations.correction(of: told[index])
      messages += [
        ChatMessage(role: .user, content: told[index].statement),
        ChatMessage(role: .assistant, content: told[index].acknowledgement),
      ]
    }
    add(try learn(messages), .silence)
    for fact in told { add(try ask(fact.question, fact.answer), .told) }
    for fact in facts.dropFirst(8) { add(try ask(fact.question, fact.answer), .untold) }
    for _ in 0..<4 {
      let talk = conversations.talk()
      add(try ask(talk.0, talk.1), .silence)
    }
    add(try record(unrelated, isLearned: unrelated.map { _ in false }) { _ in true }, .unrelated)
    episodes.append(episode)
    categories.append(kinds)
  }

  private mutating func addStream(_ tokens: [Int32], start: Int32) throws(TransformerError) {
    var episode: [Segment] = []
    for first in stride(from: 0, to: tokens.count, by: window - 1) {
      let part = [start] + tokens[first..<min(tokens.count, first + window - 1)]
      let segment = try record(part, isLearned: part.map { _ in true }) { _ in true }
      if let segment { episode.append(segment) }
    }
    episodes.append(episode)
    categories.append(episode.map { _ in .stream })
  }

  /// A conversation whose user turns are learned.
  private func learn(_ messages: [ChatMessage]) throws(TransformerError) -> Segment? {
    guard !messages.isEmpty else { return nil }
    let chat = template.encode(messages, addGenerationPrompt: false)
    var segment = try record(chat.tokens, isLearned: chat.learnable) { _ in false }
    segment?.role = .user
    return segment
  }

  /// A question in an empty context with its answer, whose tokens are predicted.
  private func ask(_ question: String, _ answer: String) throws(TransformerError) -> Segment? {
    let user = ChatMessage(role: .user, content: question)
    let prompt = template.encode([user], addGenerationPrompt: true).prompt
    let start = prompt.tokens.count
    let chat = template.encode(
      [user, ChatMessage(role: .assistant, content: answer)], addGenerationPrompt: false)
    return try record(
      chat.tokens, isLearned: chat.tokens.map { _ in false }, mode: prompt.mode(after: 0)
    ) { $0 >= start }
  }

  private func record(
    _ tokens: [Int32], isLearned: [Bool], mode: ReadingMode = .text, isPredicted: (Int) -> Bool
  ) throws(TransformerError) -> Segment? {
    let count = min(tokens.count, recorder.contextLength)
    guard count > 1 else { return nil }
    let raw = try recorder.record(Array(tokens.prefix(count)))
    return Segment(
      raw: raw.map { Array($0.dropLast($0.count / count)) }, targets: Array(tokens[1..<count]),
      isLearned: Array(isLearned[1..<count]), weights: (1..<count).map { isPredicted($0) ? 1 : 0 },
      tokens: Array(tokens.prefix(count)), mode: mode)
  }

  /// Gives each category its share of the weight; the total is the number of predicted tokens.
  private mutating func balance() {
    var totals = [Float](repeating: 0, count: Category.allCases.count)
    for (episode, kinds) in zip(episodes, categories) {
      for (segment, kind) in zip(episode, kinds) {
        totals[kind.rawValue] += segment.weights.reduce(0, +)
      }
    }
    let present = Category.allCases.filter { totals[$0.rawValue] > 0 }
    let shares = present.reduce(0) { $0 + $1.share }
    let all = totals.reduce(0, +)
    for episode in episodes.indices {
      for segment in episodes[episode].indices {
        let kind = categories[episode][segment]
        let factor = kind.share / shares * all / max(1, totals[kind.rawValue])
        for row in episodes[episode][segment].weights.indices {
          episodes[episode][segment].weights[row] *= factor
        }
      }
    }
  }

  /// The streams without keys; the plain model's distributions are computed once.
  func data(model: TransformerModel) -> CalibrationData {
    CalibrationData(
      episodes: episodes.map { episode in
        episode.map { segment in
          CalibrationData.Segment(
            keys: [], hidden: segment.raw[segment.raw.count - 1], targets: segment.targets,
            isLearned: segment.isLearned, weights: segment.weights, tokens: segment.tokens,
            mode: segment.mode, role: segment.role)
        }
      }, model: model)
  }

  /// The streams with keys made by a transform over some of the recorded points.
  ///
  /// - Parameter parts: all recorded key points, in recording order.
  func data(
    _ data: CalibrationData, keys: KeyTransform, parts: [KeyTransform.Part]
  ) -> CalibrationData {
    let indices = keys.points.compactMap { point in parts.firstIndex { $0.point == point } }
    return data.replacingKeys { episode, segment in
      let source = episodes[episode][segment]
      return keys.keys(indices.map { source.raw[$0] }, rows: source.targets.count)
    }
  }
}

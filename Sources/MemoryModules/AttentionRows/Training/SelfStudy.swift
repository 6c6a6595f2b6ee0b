import Generation
package import Memory
import Tokenization
import Transformer

/// Conversations about a text that a model has with itself, for rows that learn to stand for it (self-study, Cartridges, arXiv
/// 2506.06266).
///
/// For every sentence the user begins it, or names its rarest words, and the assistant says it; and about every passage the model
/// asks itself questions and answers them. The teacher is the same model with the passage right before the question: of a small model this knows more
/// than the model with the whole text.
package struct SelfStudy {

  /// Tokens of a passage, about.
  private static let passage = 96
  /// Tokens of a question and of an answer, at most.
  private static let (question, answer) = (32, 32)
  /// What the model is asked to do with a passage, to get questions of different kinds.
  private static let requests = [
    "Ask one short question that this text answers.",
    "Write one short question about a name in this text.",
    "Write one short question about a number or a date in this text.",
    "Write one short question about one detail of this text.",
  ]

  let context: ModuleContext
  let frame: StudyFrame
  /// What every conversation begins with.
  package var begin: [Int32] { frame.begin }
  private let session: TransformerSession
  private let teacher: GradientPass

  package init(_ context: ModuleContext) {
    self.context = context
    frame = StudyFrame(context)
    let length = min(1024, context.model.configuration.contextLength)
    session = TransformerSession(model: context.model, contextLength: length)
    teacher = GradientPass(model: context.model, points: [], context: length)
  }

  /// All lessons about a text, in the order of its passages; none for a model without a template, or where the model fails.
  ///
  /// - Parameter progress: called with the share of the work that is done.
  package func lessons(
    about text: [Int32], progress: (Double) -> Void = { _ in }
  ) -> [PrefixLesson] {
    guard !frame.begin.isEmpty, !frame.reply.isEmpty else { return [] }
    let sentences = TextSentences(text, context).ranges
    let passages = passages(sentences)
    let keywords = context.tokenizer.map { tokenizer in
      SentenceKeywords(sentences.map { Array(text[$0]) }, tokenizer)
    }
    var (result, next): ([PrefixLesson], Int) = ([], 0)
    for (index, passage) in passages.enumerated() {
      let words = passage.indices.map { keywords?.of(next + $0) ?? [] }
      next += passage.count
      result += lessons(about: passage, words, of: text, seed: UInt64(index))
      progress(Double(index + 1) / Double(passages.count))
    }
    return result
  }

  /// Sentences that follow one another, and together are about as long as a passage.
  private func passages(_ sentences: [Range<Int>]) -> [[Range<Int>]] {
    sentences.reduce(into: []) { passages, sentence in
      if let first = passages.last?.first,
        sentence.upperBound - first.lowerBound <= Self.passage
      {
        passages[passages.count - 1].append(sentence)
      } else {
        passages.append([sentence])
      }
    }
  }

  /// - Parameter words: of each sentence its rarest.
  private func lessons(
    about sentences: [Range<Int>], _ words: [[String]], of text: [Int32], seed: UInt64
  ) -> [PrefixLesson] {
    guard let first = sentences.first?.lowerBound, let last = sentences.last?.upperBound else {
      return []
    }
    let lead = frame.begin + text[first..<last] + frame.border
    var said: [(question: [Int32], answer: [Int32])] = sentences.map { sentence in
      // The assistant says the sentence that the user begins.
      let half = sentence.prefix((sentence.count + 1) / 2)
      return (Array(text[half]) + frame.ask, Array(text[sentence]))
    }
    for (sentence, words) in zip(sentences, words) where !words.isEmpty {
      said.append((encoded(words.joined(separator: " ") + "?"), Array(text[sentence])))
    }
    for (index, request) in Self.requests.enumerated() {
      let sampling = SamplingConfiguration(
        temperature: 0.7, seed: 1000 * seed + UInt64(index))
      let asked = lead + encoded(request) + frame.reply
      guard let question = reply(to: asked, sampling, limit: Self.question), question.count > 2,
        let answer = reply(to: lead + question + frame.reply, .greedy, limit: Self.answer)
      else { continue }
      said.append((question, answer))
    }
    let asked = said.map { question, answer in
      let prompt = frame.border + question + frame.reply
      // The mark after the answer is part of it: when to stop is learned, too.
      let end = answer.count < Self.answer ? Array(frame.nextTurn.prefix(1)) : []
      let whole = prompt + answer + end
      return (tokens: Array(whole.dropLast()), rows: prompt.count - 1..<whole.count - 1, end: whole)
    }
    let led = lead.dropLast(frame.border.count)
    let states = teacher.hiddenStates(
      of: asked.map { lesson in
        (Array(led) + lesson.tokens, lesson.rows.map { led.count + $0 })
      })
    return zip(asked, states).map { PrefixLesson(tokens: $0.tokens, rows: $0.rows, states: $1) }
  }

  private func encoded(_ text: String) -> [Int32] {
    context.tokenizer?.encode(text, addBOS: false, parseSpecial: false) ?? []
  }

  /// What the model replies; nil where it cannot.
  private func reply(
    to prompt: [Int32], _ sampling: SamplingConfiguration, limit: Int
  ) -> [Int32]? {
    guard prompt.count + limit <= session.contextLength else { return nil }
    let common = max(0, min(session.tokens.commonPrefix(with: prompt), prompt.count - 1))
    session.truncate(to: common)
    var generator = TokenGenerator(
      session: session, sampler: Sampler(sampling),
      stop: context.tokenizer?.special.endOfGeneration ?? [], maximumTokens: limit)
    do {
      try generator.begin(prompt: Array(prompt[common...]))
      var reply: [Int32] = []
      while let token = try generator.next() { reply.append(token.id) }
      return reply
    } catch {
      return nil
    }
  }
}

import Foundation
public import Generation
import Mneme
public import Tokenization
public import Transformer

/// A text that is put into the context before a question, instead of into a memory.
public struct ContextPiece: Sendable, Equatable {
  /// A user's message, or a piece of a text.
  public var text: String
  /// The model's reply.
  public var reply: String?

  /// A piece from its parts.
  public init(_ text: String, reply: String? = nil) {
    self.text = text
    self.reply = reply
  }
}

/// Asks questions: scores the expected answer and wrong ones, and generates one.
public struct QuestionRunner: Sendable {
  private let tokenizer: any Tokenizer
  private let template: ChatTemplate
  private let stop: Set<Int32>
  private let sampling: SamplingConfiguration
  private let maximumTokens: Int

  /// A runner.
  ///
  /// - Parameters:
  ///   - stop: tokens that end an answer.
  ///   - sampling: with a seed; the default one makes each run the same.
  ///   - maximumTokens: length of an answer whose question sets none.
  public init(
    tokenizer: any Tokenizer, template: ChatTemplate, stop: Set<Int32>,
    sampling: SamplingConfiguration, maximumTokens: Int
  ) {
    self.tokenizer = tokenizer
    self.template = template
    self.stop = stop
    self.sampling = sampling
    self.maximumTokens = maximumTokens
  }

  /// Asks one question in an empty context. The session is empty again afterwards; nothing is committed.
  ///
  /// - Parameters:
  ///   - told: put into the context before it, oldest first, as far as it fits; the oldest pieces are left out first,
  ///     and of a piece that fits in part the end is kept.
  ///   - form: how they are put there; a raw question has them before it as they are.
  ///   - recalled: the question with what memories recall about it; nil where they recall nothing as text.
  ///   - pointer: at the words of what was recalled.
  ///   - index: the question's number: added to the seed, and named in errors.
  ///   - plain: the same model without memory, which an unrelated question is also asked; nil where `session` has no
  ///     memory itself.
  /// - Throws: `EvaluationError.itemTooLong`, and what the model throws.
  public func ask(
    _ question: Question, told: [ContextPiece] = [], form: ContextForm = .turns,
    recalled: String? = nil, pointer: CopyPointer? = nil, index: Int,
    in session: TransformerSession,
    plain: TransformerSession? = nil
  ) throws -> ABReport.Outcome {
    defer { session.reset() }
    var asked = [
      try begin(
        question, told: told, form: form, recalled: recalled, pointer: pointer, index: index,
        in: session)
    ]
    try AskedQuestion.reply(to: &asked)
    return try finish(asked[0], plain: plain)
  }

  /// The first half of `ask`: the expected and the wrong answers are scored, and the reply can be generated.
  ///
  /// - Parameters: as of `ask`.
  func begin(
    _ question: Question, told: [ContextPiece], form: ContextForm, recalled: String?,
    pointer: CopyPointer?, index: Int, in session: TransformerSession
  ) throws -> AskedQuestion {
    let answer = question.answers.first { !$0.isEmpty } ?? ""
    let expected = question.isUnrelated ? [] : encode(answer: answer, to: question)
    let limit = question.tokens ?? maximumTokens
    let message = Message(question, recalled: recalled, form: form)
    let (prompt, contextTokens) = fit(
      message, told: told[...], room: session.contextLength - max(expected.count, limit, 1))
    let count = prompt.tokens.count
    let needed = count + max(expected.count, 1)
    guard needed <= session.contextLength else {
      throw EvaluationError.itemTooLong(index: index, tokens: needed, limit: session.contextLength)
    }
    session.reset()
    let first = try session.ask(prompt).last
    let scores = try score(expected, after: first, count, in: session)
    let wrong = question.wrong.filter { !AnswerText.contains(answer, [$0]) || question.isForgotten }
    var best = Double.infinity
    if !question.isForgotten {
      for text in wrong {
        let others = try score(
          encode(answer: text, to: question), after: first, count, in: session)
        if let mean = Self.mean(others) { best = min(best, mean) }
      }
    }
    session.truncate(to: count - 1)
    return AskedQuestion(
      question: question, index: index, limit: limit, contextTokens: contextTokens, first: first,
      scores: scores, wrong: wrong, bestWrong: best,
      reply: try reply(
        to: prompt.tokens, pointer: pointer, limit: limit, seed: UInt64(index), in: session))
  }

  /// The second half of `ask`, after the reply was generated; the session is empty afterwards.
  func finish(
    _ asked: AskedQuestion, plain: TransformerSession?
  ) throws -> ABReport.Outcome {
    let session = asked.reply.session
    defer { session.reset() }
    let (question, wrong, text) = (asked.question, asked.wrong, asked.reply.text)
    var outcome = ABReport.Outcome(text: text, tokens: asked.scores.count)
    outcome.contextTokens = asked.contextTokens > 0 ? asked.contextTokens : nil
    outcome.leak = wrong.isEmpty ? nil : AnswerText.contains(text, wrong) ? 1 : 0
    guard !question.isUnrelated else {
      let isPlain = plain == nil && asked.contextTokens == 0
      outcome.unchanged = try isPlain || isPlainReply(asked, in: plain ?? session) ? 1 : 0
      return outcome
    }
    // For forgotten facts only the leak is measured: a low surprisal would not be a success.
    guard !question.isForgotten else { return outcome }
    outcome.nll = Self.mean(asked.scores)
    outcome.tokenNLL = asked.scores
    outcome.exactMatch = AnswerText.exactMatch(text, question.answers) ? 1 : 0
    outcome.contains = AnswerText.containsOnly(text, question.answers, wrong: wrong) ? 1 : 0
    outcome.f1 = AnswerText.f1(text, question.answers)
    if asked.bestWrong.isFinite, let mine = outcome.nll {
      outcome.success = mine < asked.bestWrong ? 1 : 0
    }
    return outcome
  }

  /// Whether the plain model's logits before its reply to a question, and its reply, are these.
  private func isPlainReply(
    _ asked: AskedQuestion, in plain: TransformerSession
  ) throws -> Bool {
    let prompt = encode(Message(asked.question), told: [])
    plain.reset()
    guard try plain.ask(prompt).last == asked.first else { return false }
    plain.truncate(to: prompt.tokens.count - 1)
    var reply = try reply(
      to: prompt.tokens, limit: asked.limit, seed: UInt64(asked.index), in: plain)
    try reply.generate()
    return reply.text == asked.reply.text
  }

  /// The tokens of the first answer as text, one per element of `Outcome.tokenNLL`; a character of several tokens stands
  /// at its last one.
  public func answerPieces(of question: Question) -> [String] {
    guard !question.isUnrelated else { return [] }
    let answer = question.answers.first { !$0.isEmpty } ?? ""
    var stream = TextStream(tokenizer: tokenizer, rendersSpecial: true)
    return encode(answer: answer, to: question).map { stream.append($0) }
  }

  // MARK: - Scoring

  /// -log p of each token of an answer after a prompt of `count` tokens whose last logits are `first`.
  private func score(
    _ answer: [Int32], after first: [Float], _ count: Int, in session: TransformerSession
  ) throws -> [Double] {
    guard let token = answer.first else { return [] }
    session.truncate(to: count)
    var nats = [first.withUnsafeBufferPointer { Self.nats(of: token, in: $0) }]
    if answer.count > 1 {
      let rows = try session.forward(Array(answer.dropLast()), logits: .all)
      for (row, token) in answer.dropFirst().enumerated() {
        nats.append(rows.withRow(row) { Self.nats(of: token, in: $0) })
      }
    }
    return nats
  }

  /// -log p, at most a thousand nats: figures stay finite for a token of probability zero.
  private static func nats(of token: Int32, in row: UnsafeBufferPointer<Float>) -> Double {
    min(negativeLogLikelihood(of: token, in: row), 1000)
  }

  private static func mean(_ nats: [Double]) -> Double? {
    nats.isEmpty ? nil : nats.reduce(0, +) / Double(nats.count)
  }

  /// The reply to a prompt whose last token is not in the session yet.
  private func reply(
    to prompt: [Int32], pointer: CopyPointer? = nil, limit: Int, seed: UInt64,
    in session: TransformerSession
  ) throws -> AskedQuestion.Reply {
    var configuration = sampling
    configuration.seed = (sampling.seed ?? 0) &+ seed
    let logits = try session.forward(Array(prompt.suffix(1)), logits: .last)
    let room = session.contextLength - session.tokens.count
    var generator = TokenGenerator(
      session: session, sampler: Sampler(configuration), stop: stop,
      maximumTokens: min(limit, room), pointer: pointer)
    generator.begin(logits)
    return AskedQuestion.Reply(generator, TextStream(tokenizer: tokenizer))
  }

  // MARK: - Encoding

  /// The prompt with as many of the latest pieces before it as fit into `room` tokens, and how many tokens they take.
  private func fit(
    _ question: Message, told: ArraySlice<ContextPiece>, room: Int
  ) -> (prompt: Prompt, contextTokens: Int) {
    let bare = encode(question, told: [])
    // Of many pieces, halves are left out first, then single ones, so that a long context is not encoded a thousand
    // times.
    var fitting = told.endIndex
    var step = max(1, told.count)
    while step > 0 {
      let start = max(told.startIndex, fitting - step)
      if start < fitting, encode(question, told: told[start...]).tokens.count <= room {
        fitting = start
      } else {
        step /= 2
      }
      if fitting == told.startIndex { break }
    }
    var kept = Array(told[fitting...])
    if fitting > told.startIndex,
      let end = end(of: told[fitting - 1], before: kept, question, room: room)
    {
      kept.insert(end, at: 0)
    }
    guard !kept.isEmpty else { return (bare, 0) }
    let prompt = encode(question, told: kept[...])
    return (prompt, prompt.tokens.count - bare.tokens.count)
  }

  /// The last words of a piece that fit before the others; nil when none does.
  private func end(
    of piece: ContextPiece, before others: [ContextPiece], _ question: Message, room: Int
  ) -> ContextPiece? {
    let words = piece.text.split(separator: " ")
    func last(_ count: Int) -> ContextPiece {
      ContextPiece(words.suffix(count).joined(separator: " "), reply: piece.reply)
    }
    var (fits, fails) = (0, words.count)
    while fails - fits > 1 {
      let count = (fits + fails) / 2
      if encode(question, told: [last(count)] + others[...]).tokens.count <= room {
        fits = count
      } else {
        fails = count
      }
    }
    return fits > 0 ? last(fits) : nil
  }

  /// A question as the model reads it.
  private struct Message {
    /// As it was asked.
    var words: String
    /// With what memories recall about it.
    var text: String
    var isRaw: Bool
    var form: ContextForm

    init(_ question: Question, recalled: String? = nil, form: ContextForm = .turns) {
      words = question.prompt
      text = recalled ?? question.prompt
      isRaw = question.isRaw
      self.form = form
    }
  }

  private func encode(_ question: Message, told: ArraySlice<ContextPiece>) -> Prompt {
    if question.isRaw {
      let text = (told.map(\.text) + [question.text]).joined(separator: "\n")
      return Prompt(
        text: tokenizer.encode(text, addBOS: tokenizer.special.addBOS, parseSpecial: false),
        bos: tokenizer.special.bos)
    }
    var messages: [ChatMessage] = []
    var text = question.text
    switch question.form {
    case .turns:
      for piece in told {
        messages.append(ChatMessage(role: .user, content: piece.text))
        messages.append(ChatMessage(role: .assistant, content: piece.reply ?? Self.assent))
      }
    case .message(let form):
      if !told.isEmpty { text = form.text(told.map(\.text), message: text) }
    }
    messages.append(ChatMessage(role: .user, content: text))
    let prompt = template.encode(messages, addGenerationPrompt: true).prompt
    return text == question.words
      ? prompt : prompt.narrowed(to: question.words, tokenizer: tokenizer)
  }

  /// The answer as the model would have to generate it after the prompt.
  private func encode(answer: String, to question: Question) -> [Int32] {
    if question.isRaw {
      let continues = question.prompt.last.map { !$0.isWhitespace } ?? false
      return tokenizer.encode(fragment: (continues ? " " : "") + answer, continuing: continues)
    }
    let user = ChatMessage(role: .user, content: question.prompt)
    let asked = template.encode([user], addGenerationPrompt: true).tokens
    let whole = template.encode(
      [user, ChatMessage(role: .assistant, content: answer)], addGenerationPrompt: false
    ).tokens
    if whole.starts(with: asked) {
      var content = Array(whole[asked.count...])
      while let last = content.last, tokenizer.kind(of: last) == .control { content.removeLast() }
      if !content.isEmpty { return content }
    }
    return tokenizer.encode(answer, addBOS: false, parseSpecial: false)
  }

  /// The model's reply to a statement in a constructed context.
  private static let assent = "Okay."
}

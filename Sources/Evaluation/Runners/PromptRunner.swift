import Foundation
public import Generation
public import Memory
public import Tokenization
public import Transformer

/// One way to do the items: a session, what is attached to it, and where it learns `setup` from.
public struct ComparisonArm {
  /// The arm's name in the report.
  public var name: String
  /// A session of its own.
  public var session: TransformerSession
  /// What is attached to the session.
  public var memories: [AttachedMemory]
  /// Whether an item's `setup` is written into the memories before its prompt; undone afterwards.
  public var learnsSetup: Bool
  /// Whether an item's `setup` stands in the context before its prompt.
  public var readsSetup = false
  /// What stands in the context before the `setup` as far as it fits, oldest first.
  public var told: [String] = []

  /// An arm from its parts.
  public init(
    name: String, session: TransformerSession, memories: [AttachedMemory], learnsSetup: Bool
  ) {
    self.name = name
    self.session = session
    self.memories = memories
    self.learnsSetup = learnsSetup
  }
}

/// Asks prompts: generates an answer, and scores the expected one.
public struct PromptRunner {
  private let tokenizer: any Tokenizer
  private let template: ChatTemplate
  private let stop: Set<Int32>
  private let sampling: SamplingConfiguration
  private let maximumTokens: Int
  private let raw: Bool

  /// A runner.
  ///
  /// - Parameters:
  ///   - stop: tokens that end an answer.
  ///   - sampling: with a seed; the default one makes each run the same.
  ///   - maximumTokens: length of an answer.
  ///   - raw: prompts as they stand, without the chat template.
  public init(
    tokenizer: any Tokenizer, template: ChatTemplate, stop: Set<Int32>,
    sampling: SamplingConfiguration, maximumTokens: Int, raw: Bool
  ) {
    self.tokenizer = tokenizer
    self.template = template
    self.stop = stop
    self.sampling = sampling
    self.maximumTokens = maximumTokens
    self.raw = raw
  }

  /// Does every item in one arm.
  ///
  /// - Throws: `EvaluationError.itemTooLong`, `CancellationError`, and what the model throws.
  public func run(
    _ items: [EvaluationItem], arm: ComparisonArm, progress: (Double) -> Void
  ) throws -> [ABReport.Outcome] {
    var outcomes: [ABReport.Outcome] = []
    for (index, item) in items.enumerated() {
      try Task.checkCancellation()
      let before =
        arm.learnsSetup && !item.setup.isEmpty ? arm.memories.map { $0.memory.snapshot() } : []
      if arm.learnsSetup { try learn(item.setup, in: arm.session) }
      defer { for (memory, state) in zip(arm.memories, before) { memory.memory.restore(state) } }
      outcomes.append(try ask(item, index: index, arm: arm))
      progress(Double(index + 1) / Double(items.count))
    }
    return outcomes
  }

  private func ask(
    _ item: EvaluationItem, index: Int, arm: ComparisonArm
  ) throws -> ABReport.Outcome {
    let session = arm.session
    let answer = item.answers.first { !$0.isEmpty } ?? ""
    let expected = encodeAnswer(answer, to: item.prompt)
    let reserve = max(expected.count, maximumTokens, 1)
    var told = arm.told[...]
    var prompt = encode(item.prompt, setup: told + (arm.readsSetup ? item.setup : []))
    while prompt.count + reserve > session.contextLength, !told.isEmpty {
      told.removeFirst()
      prompt = encode(item.prompt, setup: told + (arm.readsSetup ? item.setup : []))
    }
    let needed = prompt.count + max(expected.count, 1)
    guard needed <= session.contextLength else {
      throw EvaluationError.itemTooLong(index: index, tokens: needed, limit: session.contextLength)
    }
    session.reset()
    session.beginResponse(at: prompt.count)
    let logits = try session.forward(prompt, logits: .last)
    let nll = try score(expected, after: logits, in: session)
    session.truncate(to: prompt.count - 1)
    let text = try generate(prompt, seed: UInt64(index), in: session)
    session.reset()
    return ABReport.Outcome(
      text: text, exactMatch: AnswerText.exactMatch(text, item.answers) ? 1 : 0,
      contains: AnswerText.contains(text, item.answers) ? 1 : 0, nll: nll, tokens: expected.count)
  }

  /// Mean nats per token of the answer.
  private func score(
    _ answer: [Int32], after logits: Logits, in session: TransformerSession
  ) throws -> Double? {
    guard let first = answer.first else { return nil }
    var sum = logits.withRow(0) { negativeLogLikelihood(of: first, in: $0) }
    if answer.count > 1 {
      let rows = try session.forward(Array(answer.dropLast()), logits: .all)
      for (row, token) in answer.dropFirst().enumerated() {
        sum += rows.withRow(row) { negativeLogLikelihood(of: token, in: $0) }
      }
    }
    return sum / Double(answer.count)
  }

  private func generate(
    _ prompt: [Int32], seed: UInt64, in session: TransformerSession
  ) throws -> String {
    var configuration = sampling
    configuration.seed = (sampling.seed ?? 0) &+ seed
    guard let last = prompt.last else { return "" }
    let logits = try session.forward([last], logits: .last)
    let room = session.contextLength - session.tokens.count
    var generator = TokenGenerator(
      session: session, sampler: Sampler(configuration), stop: stop,
      maximumTokens: min(maximumTokens, room))
    generator.begin(logits)
    var stream = TextStream(tokenizer: tokenizer)
    var text = ""
    while let token = try generator.next() { text += stream.append(token.id) }
    text += stream.finish()
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Writes statements into the attached memories, each as a message of the user.
  private func learn(_ setup: [String], in session: TransformerSession) throws {
    for (turn, statement) in setup.enumerated() {
      let chat = template.encode(
        [ChatMessage(role: .user, content: statement)], addGenerationPrompt: false)
      guard chat.tokens.count <= session.contextLength else {
        throw EvaluationError.itemTooLong(
          index: turn, tokens: chat.tokens.count, limit: session.contextLength)
      }
      session.reset()
      _ = try session.forward(chat.tokens, logits: .none)
      try session.settle(from: 0)
      session.commit(
        through: chat.tokens.count,
        provenance: Provenance(
          conversation: "setup", turn: turn + 1, role: .user, source: "setup", time: 0),
        learnable: chat.learnable, parts: chat.parts, endsSegment: true)
    }
  }

  private func encode(_ prompt: String, setup: ArraySlice<String>) -> [Int32] {
    if raw {
      let text = (setup + [prompt]).joined(separator: "\n")
      return tokenizer.encode(text, addBOS: tokenizer.special.addBOS, parseSpecial: false)
    }
    var messages: [ChatMessage] = []
    for statement in setup {
      messages.append(ChatMessage(role: .user, content: statement))
      messages.append(ChatMessage(role: .assistant, content: "Okay."))
    }
    messages.append(ChatMessage(role: .user, content: prompt))
    return template.encode(messages, addGenerationPrompt: true).tokens
  }

  /// The answer as the model would have to generate it behind the prompt.
  private func encodeAnswer(_ answer: String, to prompt: String) -> [Int32] {
    if !raw {
      let user = ChatMessage(role: .user, content: prompt)
      let asked = template.encode([user], addGenerationPrompt: true).tokens
      let whole = template.encode(
        [user, ChatMessage(role: .assistant, content: answer)], addGenerationPrompt: false
      ).tokens
      if whole.starts(with: asked) {
        var content = Array(whole[asked.count...])
        while let last = content.last, tokenizer.kind(of: last) == .control { content.removeLast() }
        if !content.isEmpty { return content }
      }
    }
    return tokenizer.encode(answer, addBOS: false, parseSpecial: false)
  }
}

import Foundation
import Generation
import Memory
import Transformer

extension ChatSession {
  /// A message as it is kept, and as it is asked: with recalled facts, where there are any.
  struct PreparedMessage {
    var kept: EncodedPrompt
    var asked: EncodedPrompt
  }

  /// Drops the oldest exchanges until a message and a reply of useful length fit; encodes the message.
  ///
  /// - Parameter recalled: the message with recalled facts; nil when there are none.
  func makeRoom(
    for text: String, recalled: String? = nil, begun: [Int32], options: GenerationOptions,
    emit: (ChatStreamEvent) -> Void
  ) throws -> PreparedMessage {
    let limit = engine.contextLength
    let reserve = min(options.maximumResponseTokens, max(1, limit / 4)) + encoder.closing.count
    var dropped = 0
    var encoded = encode(text, recalled)
    while contextTokens.count + encoded.asked.tokens.count + begun.count + reserve > limit,
      let oldest = exchanges.indices.first(where: {
        $0 >= firstInContext && exchanges[$0].isSpoken
      })
    {
      firstInContext = oldest + 1
      dropped += 1
      encodeContext()
      encoded = encode(text, recalled)
    }
    let needed = encoded.asked.tokens.count + begun.count + encoder.closing.count + 1
    guard contextTokens.count + needed <= limit else {
      throw ChatError.messageTooLong(
        tokens: encoded.asked.tokens.count,
        limit: max(0, limit - begun.count - encoder.closing.count - 1))
    }
    if dropped > 0 { emit(.notice(.droppedTurns(count: dropped, contextLength: limit))) }
    if let notice = refusal(of: text) { emit(.notice(notice)) }
    return encoded
  }

  /// The notice when the model's own chat template refuses a conversation's first message with its system prompt; nil
  /// when it accepts it.
  private func refusal(of text: String) -> ChatNotice? {
    guard !exchanges.contains(where: \.isSpoken) else { return nil }
    let system = systemPrompt.map { [ChatMessage(role: .system, content: $0)] } ?? []
    let template = encoder.template
    do {
      _ = try template.render(
        system + [ChatMessage(role: .user, content: text)], addGenerationPrompt: true)
      return nil
    } catch {
      return .refusedByTemplate(reason: error.explanation.what, form: template.family.rawValue)
    }
  }

  private func encode(_ text: String, _ recalled: String?) -> PreparedMessage {
    let last = exchanges[min(firstInContext, exchanges.count)...].last(where: \.isSpoken)
    let previous = last.map { ($0.prompt.content, $0.response?.content ?? "") }
    let kept = encoder.prompt(text, after: previous, instructions: systemPrompt)
    guard let recalled else { return PreparedMessage(kept: kept, asked: kept) }
    return PreparedMessage(
      kept: kept,
      asked: encoder.prompt(recalled, after: previous, instructions: systemPrompt)
        .narrowed(to: text, tokenizer: model.tokenizer))
  }

  /// Brings the cache to exactly the context, computing only the tokens that are not in it yet.
  ///
  /// Tokens that are recomputed were learned before or are never learned (a loaded transcript), so the memories are
  /// detached meanwhile.
  func synchronize() throws {
    let wanted = contextTokens
    let common = zip(engine.tokens, wanted).prefix { $0 == $1 }.count
    engine.truncate(to: common)
    guard common < wanted.count else { return }
    try withoutMemories {
      _ = try engine.forward(Array(wanted[common...]), logits: .none)
      try commitUnlearned(through: wanted.count)
    }
  }

  /// Commits tokens as not learnable.
  func commitUnlearned(through position: Int) throws {
    guard position > engine.committed else { return }
    try engine.commit(
      through: position,
      provenance: provenance(
        .system, turn: exchanges.count, time: exchanges.last?.prompt.time ?? 0),
      learnable: Array(repeating: false, count: position - engine.committed), endsSegment: true)
  }

  /// Commits the last exchange, which begins at position `start` of the cache: the system prompt,
  /// the user's words, the reply.
  func commitLast(start: Int) throws {
    guard let exchange = exchanges.last else { return }
    let whole = exchange.promptTokens + exchange.replyTokens + encoder.closing
    let forwarded = engine.tokens.count - start
    if forwarded < whole.count {
      _ = try engine.forward(Array(whole[forwarded...]), logits: .none)
    } else if forwarded > whole.count {
      engine.truncate(to: start + whole.count)
    }
    let turn = exchanges.count
    let encoded = exchange.encoded
    let system = encoded.systemCount
    let asked = exchange.prompt.time
    if system > 0 {
      try engine.commit(
        through: start + system, provenance: provenance(.system, turn: turn, time: asked),
        learnable: Array(repeating: false, count: system),
        parts: Array(encoded.parts[..<system]), endsSegment: false)
    }
    try engine.commit(
      through: start + exchange.promptTokens.count,
      provenance: provenance(.user, turn: turn, time: asked),
      learnable: Array(encoded.learnable[system...]), parts: Array(encoded.parts[system...]),
      endsSegment: false)
    let reply = whole.count - exchange.promptTokens.count
    try engine.commit(
      through: start + whole.count,
      // Message and reply share one time, so that replaying the turn gives the same memory.
      provenance: provenance(.assistant, turn: turn, time: asked),
      learnable: Array(repeating: false, count: reply),
      parts: (0..<reply).map { $0 < exchange.replyTokens.count ? .assistant : .mark },
      endsSegment: true)
  }

  /// Reads and commits the last exchange again, after the memories were restored to the state before it.
  func relearnLast() throws {
    let last = exchanges.removeLast()
    try synchronize()
    let start = engine.tokens.count
    exchanges.append(last)
    _ = try engine.forward(last.promptTokens, logits: .none)
    try commitLast(start: start)
  }

  /// The provenance of tokens of this conversation. The time is that of the message, not of the commit, so that
  /// replaying gives the same memory.
  func provenance(_ role: Role, turn: Int, time: Double) -> Provenance {
    Provenance(conversation: conversation, turn: turn, role: role, source: "chat", time: time)
  }
}

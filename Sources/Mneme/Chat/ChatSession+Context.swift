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

  /// The context as the template renders it.
  var context: EncodedChat {
    let messages = messages(before: exchanges.count)
    if let rendering, rendering.messages == messages, rendering.instructions == systemPrompt {
      return rendering.chat
    }
    let chat = encoder.context(messages, instructions: systemPrompt)
    rendering = (messages, systemPrompt, chat)
    return chat
  }

  /// The messages that are read before the exchange at an index.
  func messages(before index: Int) -> [ChatMessage] {
    exchanges[min(firstInContext, index)..<index].flatMap(\.messages)
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
    while encoded.asked.whole.count + begun.count + reserve > limit,
      let oldest = exchanges.indices.first(where: {
        $0 >= firstInContext && exchanges[$0].isSpoken
      })
    {
      firstInContext = oldest + 1
      dropped += 1
      encoded = encode(text, recalled)
    }
    let needed = encoded.asked.whole.count + begun.count + encoder.closing.count + 1
    guard needed <= limit else {
      throw ChatError.messageTooLong(
        tokens: encoded.asked.whole.count,
        limit: max(0, limit - begun.count - encoder.closing.count - 1))
    }
    if dropped > 0 { emit(.notice(.droppedTurns(count: dropped, contextLength: limit))) }
    return encoded
  }

  /// Says that the model's own chat template refuses the conversation, where it has not been said of the last message.
  func note(_ refusal: JinjaError?, emit: (ChatStreamEvent) -> Void) {
    defer { isRefused = refusal != nil }
    guard let refusal, !isRefused else { return }
    emit(
      .notice(
        .refusedByTemplate(
          reason: refusal.explanation.what, form: encoder.template.family.rawValue)))
  }

  /// A message after the exchanges in the context.
  func encode(_ text: String, _ recalled: String?) -> PreparedMessage {
    let history = messages(before: exchanges.count)
    let kept = encoder.prompt(text, after: history, instructions: systemPrompt)
    guard let recalled else { return PreparedMessage(kept: kept, asked: kept) }
    return PreparedMessage(
      kept: kept,
      asked: encoder.prompt(recalled, after: history, instructions: systemPrompt)
        .narrowed(to: text, tokenizer: model.tokenizer))
  }

  /// Brings the cache to exactly these tokens, computing only those that are not in it yet.
  ///
  /// Tokens that are recomputed were learned before or are never learned (a loaded transcript), so the memories are
  /// detached meanwhile.
  func synchronize(to wanted: [Int32]) throws {
    let common = engine.tokens.commonPrefix(with: wanted)
    guard common < max(engine.tokens.count, wanted.count) else { return }
    engine.truncate(to: common)
    try withoutMemories {
      guard common < wanted.count else { return }
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

  /// Commits the last exchange, whose message stands in the cache behind its context: the system prompt, the user's
  /// words, the reply. Brings the cache to what the template renders with the reply.
  ///
  /// The user's words are learned as they were read when they were said. What the template changes with the reply, its
  /// reasoning say, is read again and not learned.
  func commitLast(_ message: EncodedPrompt) throws {
    let start = message.context.count
    let asked = message.whole
    let rendered = context
    // A template may write more around a reply than was generated; the next message drops turns if they do not fit.
    let whole = Array(rendered.tokens.prefix(engine.contextLength))
    let shared = asked.commonPrefix(with: whole)
    let keepsWords = shared >= start + message.saidCount
    let wanted = keepsWords ? whole : asked
    engine.truncate(to: engine.tokens.commonPrefix(with: wanted))
    if engine.tokens.count < wanted.count {
      _ = try engine.forward(Array(wanted[engine.tokens.count...]), logits: .none)
    }
    let end = keepsWords ? shared : asked.count
    try commit(message, from: start, through: end, endsSegment: !keepsWords)
    if keepsWords {
      try commitReply(whole, parts: rendered.parts)
    } else {
      try synchronize(to: whole)
    }
    engine.read(as: .text)
  }

  /// Commits the system prompt and the user's words.
  private func commit(
    _ message: EncodedPrompt, from start: Int, through end: Int, endsSegment: Bool
  ) throws {
    let turn = exchanges.count
    let time = exchanges.last?.prompt.time ?? 0
    let system = min(message.systemCount, end - start)
    if system > 0 {
      try engine.commit(
        through: start + system, provenance: provenance(.system, turn: turn, time: time),
        learnable: Array(repeating: false, count: system),
        parts: Array(message.parts[..<system]), endsSegment: false)
    }
    let own = system..<(end - start)
    try engine.commit(
      through: end, provenance: provenance(.user, turn: turn, time: time),
      learnable: Array(message.learnable[own]), parts: Array(message.parts[own]),
      endsSegment: endsSegment)
  }

  /// Commits what is behind the user's words, up to the end of the cache.
  private func commitReply(_ whole: [Int32], parts: [TokenPart]) throws {
    let reply = engine.committed..<whole.count
    try engine.commit(
      through: whole.count,
      // Message and reply share one time, so that replaying the turn gives the same memory.
      provenance: provenance(
        .assistant, turn: exchanges.count, time: exchanges.last?.prompt.time ?? 0),
      learnable: Array(repeating: false, count: reply.count),
      parts: reply.map { parts[$0] == .assistant ? .assistant : .mark }, endsSegment: true)
  }

  /// Reads and commits the last exchange again, after the memories were restored to the state before it.
  func relearnLast() throws {
    let last = exchanges.removeLast()
    let message = encode(last.prompt.content, nil).kept
    exchanges.append(last)
    try synchronize(to: message.context)
    _ = try engine.forward(message.tokens, logits: .none)
    try commitLast(message)
  }

  /// The provenance of tokens of this conversation. The time is that of the message, not of the commit, so that
  /// replaying gives the same memory.
  func provenance(_ role: Role, turn: Int, time: Double) -> Provenance {
    Provenance(conversation: conversation, turn: turn, role: role, source: "chat", time: time)
  }
}

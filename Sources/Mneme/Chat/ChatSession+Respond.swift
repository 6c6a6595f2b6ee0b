import Foundation
import Generation
import Memory
import Tokenization
import Transformer

extension ChatSession {
  /// Replies to a message.
  ///
  /// Cancelling the task ends the reply early; the partial reply stays in the conversation.
  ///
  /// - Throws: `ChatError.messageTooLong` when the message alone does not fit into the context.
  @discardableResult
  public func respond(
    to prompt: String, options: GenerationOptions? = nil
  ) async throws -> Response {
    try reply(to: prompt, options: options) { _ in }
  }

  /// Replies to a message piece by piece: each element is the new text, in whole characters.
  ///
  /// Ending the iteration early, or cancelling its task, ends the reply and keeps the part so far.
  public nonisolated func streamResponse(
    to prompt: String, options: GenerationOptions? = nil
  ) -> AsyncThrowingStream<String, any Error> {
    stream { session, continuation in
      _ = try await session.reply(to: prompt, options: options) { event in
        if case .text(let piece) = event { continuation.yield(piece) }
      }
    }
  }

  /// Replies to a message in detail: text, notices, and figures at the end.
  public nonisolated func streamDetails(
    to prompt: String, options: GenerationOptions? = nil
  ) -> AsyncThrowingStream<ChatStreamEvent, any Error> {
    stream { session, continuation in
      let response = try await session.reply(to: prompt, options: options) {
        continuation.yield($0)
      }
      continuation.yield(.finished(response))
    }
  }

  /// Replies to the last message again. The old reply is removed first, from the conversation and from the memories.
  public nonisolated func streamRegeneration(
    options: GenerationOptions? = nil
  ) -> AsyncThrowingStream<ChatStreamEvent, any Error> {
    stream { session, continuation in
      let response = try await session.regenerate(options: options) { continuation.yield($0) }
      continuation.yield(.finished(response))
    }
  }

  /// Continues the last reply. The stream delivers only the new text; its last event contains the whole reply.
  public nonisolated func streamContinuation(
    options: GenerationOptions? = nil
  ) -> AsyncThrowingStream<ChatStreamEvent, any Error> {
    stream { session, continuation in
      let response = try await session.continueReply(options: options) { continuation.yield($0) }
      continuation.yield(.finished(response))
    }
  }

  /// Replies to the last message again; see `streamRegeneration(options:)`.
  @discardableResult
  public func regenerate(options: GenerationOptions? = nil) async throws -> Response {
    try regenerate(options: options) { _ in }
  }

  private nonisolated func stream<Element: Sendable>(
    _ body:
      @escaping @Sendable (
        ChatSession, AsyncThrowingStream<Element, any Error>.Continuation
      ) async throws -> Void
  ) -> AsyncThrowingStream<Element, any Error> {
    AsyncThrowingStream { continuation in
      let task = Task {
        do {
          try await body(self, continuation)
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { reason in
        if case .cancelled = reason { task.cancel() }
      }
    }
  }

  // MARK: - Steps

  /// Replies to a message; `emit` is called on the session's queue, between two tokens.
  package func reply(
    to prompt: String, options: GenerationOptions?, emit: (ChatStreamEvent) -> Void
  ) throws -> Response {
    try run(Transcript.Entry(role: .prompt, content: prompt), options: options, emit: emit)
  }

  func regenerate(
    options: GenerationOptions?, emit: (ChatStreamEvent) -> Void
  ) throws -> Response {
    guard let last = exchanges.last, last.isSpoken else {
      throw ChatError.noTurn(action: "regenerate")
    }
    try takeBack(1)
    return try keeping(last) { try run(last.prompt, options: options, emit: emit) }
  }

  package func continueReply(
    options: GenerationOptions?, emit: (ChatStreamEvent) -> Void
  ) throws -> Response {
    guard let last = exchanges.last, last.isSpoken else {
      throw ChatError.noTurn(action: "continue")
    }
    try takeBack(1)
    return try keeping(last) {
      try run(last.prompt, begun: last.replyTokens, options: options, emit: emit)
    }
  }

  /// Restores an exchange, memories included, when its replacement fails.
  private func keeping(_ exchange: Exchange, _ body: () throws -> Response) throws -> Response {
    let count = exchanges.count
    do {
      return try body()
    } catch {
      if exchanges.count == count {
        exchanges.append(exchange)
        try? relearnLast()
      }
      throw error
    }
  }

  // MARK: - One exchange

  /// Reads a message, generates the reply, and commits both.
  private func run(
    _ prompt: Transcript.Entry, begun: [Int32] = [], options: GenerationOptions?,
    emit: (ChatStreamEvent) -> Void
  ) throws -> Response {
    let options = options ?? defaultOptions
    stopping.lower()
    let recalled = recalledText(for: prompt.content)
    let message = try makeRoom(
      for: prompt.content, recalled: recalled.message, begun: begun, options: options, emit: emit)
    note(message.kept.refusal, emit: emit)
    try synchronize(to: message.asked.context)
    var exchange = Exchange(prompt: prompt)
    exchange.snapshots = snapshots()
    let start = engine.tokens.count
    do {
      let asked = message.asked.prompt
      let reader = reader(after: message.asked)
      let outcome = try generate(
        asked, begun: begun, pointer: recalled.pointer(model.tokenizer), reader: reader,
        options: options, emit: emit)
      let reply = said(begun + outcome.kept, by: reader)
      exchange.replyTokens = begun + outcome.kept
      exchange.reasoningCount = reply.reasoningCount
      exchange.response = Transcript.Entry(
        role: .response, content: reply.answer, isPartial: outcome.ending != .endOfTurn,
        reasoning: reply.reasoning)
      exchanges.append(exchange)
      lastRecollections = recollections(
        of: exchange.replyTokens, from: start + asked.tokens.count)
      lastCitations = recalled.citations
      lastShown = shownNow
      if recalled.message != nil {
        // Recalled text is neither kept nor learned from: the turn is read again as the user wrote it.
        engine.truncate(to: start)
        engine.read(as: .text)
        try synchronize(to: message.kept.context)
      }
      try commitLast(message.kept)
      reportRejections(emit)
      return Response(
        content: reply.answer, tokens: exchange.replyTokens, ending: outcome.ending,
        timings: outcome.timings, citations: recalled.citations,
        isUnknown: recalled.isUnknown, reasoning: reply.reasoning)
    } catch {
      engine.truncate(to: start)
      engine.read(as: .text)
      restore(exchange.snapshots)
      throw error
    }
  }

  /// The result of generating a reply.
  struct Outcome {
    var tokens: [Int32]
    /// Those that stay in the conversation: all of them, or of a loop the first repetition.
    var kept: [Int32]
    var ending: Response.Ending
    var timings: Timings
  }

  /// Forwards `prompt`, with the answer's tokens so far, and generates the rest.
  ///
  /// - Parameters:
  ///   - pointer: at the words of what was recalled; nil where nothing was.
  ///   - reader: tells the reply's reasoning from its answer.
  func generate(
    _ prompt: Prompt, begun: [Int32] = [], pointer: CopyPointer? = nil, reader: ReasoningReader,
    options: GenerationOptions, emit: (ChatStreamEvent) -> Void
  ) throws -> Outcome {
    let clock = ContinuousClock()
    let began = clock.now
    for slot in slots { slot.attachment.clearContributions() }
    let start = engine.tokens.count
    let logits = try engine.ask(prompt, begun: begun)
    let prefilled = clock.now
    let question = prompt.question
    lastPrompt = Prompt(
      tokens: Array(engine.tokens[..<(start + prompt.tokens.count)]),
      question: start + question.lowerBound..<start + question.upperBound)
    let room = engine.contextLength - engine.tokens.count - encoder.closing.count
    let limit = min(options.maximumResponseTokens, max(0, room))
    var pointer = pointer
    for token in begun { pointer?.append(token) }
    var generator = TokenGenerator(
      session: engine, sampler: Sampler(sampling(options)), stop: model.stopTokens,
      maximumTokens: limit, unpenalized: start..<start + prompt.tokens.count,
      repetitionGuard: options.stopsRepetition ? repetitionGuard : nil, pointer: pointer,
      lookup: PromptLookup())
    generator.begin(logits)
    replyCount += 1
    var reply = ReplyText(tokenizer: model.tokenizer, marks: encoder.template.reasoning, reader)
    for token in begun { _ = reply.append(token) }
    var tokens: [Int32] = []
    var wasStopped = false
    while let token = try generator.next() {
      tokens.append(token.id)
      for piece in reply.append(token.id) { emit(ChatStreamEvent(piece)) }
      if stopping.isRaised || Task.isCancelled {
        wasStopped = true
        break
      }
    }
    for piece in reply.finish() { emit(ChatStreamEvent(piece)) }
    let timings = Timings(
      promptTokens: prompt.tokens.count + begun.count, generatedTokens: tokens.count,
      promptMilliseconds: (prefilled - began).milliseconds,
      generationMilliseconds: (clock.now - prefilled).milliseconds)
    var ending = Response.Ending.endOfTurn
    if wasStopped || generator.reason == .cancelled {
      ending = .stopped
    } else if generator.reason == .repetition {
      ending = .repetition
    } else if tokens.count >= limit {
      ending = limit < options.maximumResponseTokens ? .contextFull : .length
    }
    let kept = ending == .repetition ? generator.loop.map { cut(tokens, after: $0) } : nil
    return Outcome(tokens: tokens, kept: kept ?? tokens, ending: ending, timings: timings)
  }

  /// The configuration for the next reply: a fixed seed is mixed with the count of replies.
  private func sampling(_ options: GenerationOptions) -> SamplingConfiguration {
    var sampling = options.sampling
    if let seed = sampling.seed { sampling.seed = seed &+ replyCount &* 0x9e37_79b9_7f4a_7c15 }
    return sampling
  }
}

extension Duration {
  /// The duration in milliseconds.
  package var milliseconds: Double {
    Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15
  }
}

import Foundation
import Generation
import Transformer

/// The replies to one message without and with the attached memories.
public struct Comparison: Sendable, Equatable, Codable {
  /// The reply with nothing attached.
  public var detached: Response
  /// The reply with the session's memories.
  public var attached: Response
  /// The memories' contributions to that reply, token by token.
  public var recollections: [Recollection]
  /// What memories of rows showed that reply.
  public var shown: [ShownMemory]

  /// A comparison of two replies.
  public init(
    detached: Response, attached: Response, recollections: [Recollection] = [],
    shown: [ShownMemory] = []
  ) {
    self.detached = detached
    self.attached = attached
    self.recollections = recollections
    self.shown = shown
  }
}

extension ChatSession {
  /// Answers a message twice from the same seed, without and with the memories. Nothing is kept: the conversation, the
  /// memories and `recollections` do not change.
  public func compare(
    _ prompt: String, options: GenerationOptions? = nil
  ) throws -> Comparison {
    var options = options ?? defaultOptions
    if options.sampling.seed == nil { options.sampling.seed = UInt64.random(in: 0 ... .max) }
    stopping.lower()
    let recalled = recalledText(for: prompt)
    let message = try makeRoom(
      for: prompt, recalled: recalled.message, begun: [], options: options
    ) { _ in }
    try synchronize(to: message.kept.context)
    let detached = try withoutMemories { try attempt(message.kept, options: options) }
    try synchronize(to: message.asked.context)
    var attached = try attempt(
      message.asked, pointer: recalled.pointer(model.tokenizer), options: options)
    attached.citations = recalled.citations
    let heard = recollections(of: attached.tokens, from: message.asked.whole.count)
    return Comparison(
      detached: detached, attached: attached, recollections: heard, shown: shownNow)
  }

  /// Generates a reply and discards it.
  private func attempt(
    _ prompt: EncodedPrompt, pointer: CopyPointer? = nil, options: GenerationOptions
  ) throws -> Response {
    let start = engine.tokens.count
    let count = replyCount
    defer {
      engine.truncate(to: start)
      engine.read(as: .text)
      replyCount = count
    }
    let reader = reader(after: prompt)
    let outcome = try generate(
      prompt.prompt, pointer: pointer, reader: reader, options: options
    ) { _ in }
    let said = said(outcome.kept, by: reader)
    return Response(
      content: said.answer, tokens: outcome.kept, ending: outcome.ending,
      timings: outcome.timings, reasoning: said.reasoning)
  }
}

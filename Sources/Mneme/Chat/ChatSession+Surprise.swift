import Generation
import Memory
import Tokenization
import Transformer

extension ChatSession {
  /// The surprisal of each token of the last turn, message and reply, under the model alone and with the attached
  /// memories as they were before the turn.
  ///
  /// Control tokens of the chat template are read, but not listed. Nothing changes: the turn is read again in a
  /// separate session, with copies of the memories in their earlier states. A memory that was attached after the turn,
  /// or when the turn was loaded from a transcript, is used in its present state.
  ///
  /// - Throws: `ChatError.noTurn` when there is no turn in the context; `CancellationError`.
  public func surprise() throws -> [TokenSurprisal] {
    guard let index = exchanges.lastIndex(where: \.isSpoken), index >= firstInContext else {
      throw ChatError.noTurn(action: "look at")
    }
    let exchange = exchanges[index]
    let message = encoder.prompt(
      exchange.prompt.content, after: messages(before: index), instructions: systemPrompt)
    let before = message.context
    let turn = message.tokens + exchange.replyTokens
    guard !turn.isEmpty else { throw ChatError.noTurn(action: "look at") }
    // The tokens before the turn's first one are read without memories, as in the conversation.
    let head = before.isEmpty ? Array(turn.prefix(1)) : Array(before.suffix(1))
    let scored = before.isEmpty ? Array(turn.dropFirst()) : turn
    let scratch = TransformerSession(model: model.transformer, contextLength: engine.contextLength)
    if before.count > 1 { _ = try scratch.forward(Array(before.dropLast()), logits: .none) }
    let start = scratch.tokens.count
    func score() throws -> [Double] {
      try Task.checkCancellation()
      scratch.truncate(to: start)
      scratch.read(as: message.prompt.mode(after: before.count))
      return try scratch.negativeLogLikelihoods(of: scored, after: head)
    }
    let plain = try score()
    var attached: [Double]?
    if !slots.isEmpty {
      let guests = try slots.map { slot in
        let snapshot = exchange.snapshots[slot.id] ?? slot.memory.snapshot()
        return try slot.memory.copy(at: snapshot).attach(to: scratch, readOnly: true)
      }
      defer { for guest in guests { guest.detach() } }
      attached = try score()
    }
    return list(
      exchange, message, offset: turn.count - scored.count, plain: plain, attached: attached)
  }

  /// The user's words and the answer among the tokens of a turn, of which the first `offset` have no score.
  private func list(
    _ exchange: Exchange, _ message: EncodedPrompt, offset: Int, plain: [Double],
    attached: [Double]?
  ) -> [TokenSurprisal] {
    let prompt = message.tokens
    let said = prompt.indices.filter { message.parts[$0] == .user }
    let end = prompt.count + exchange.replyTokens.count
    let reply = Array(prompt.count + exchange.reasoningCount..<end)
    let turn = prompt + exchange.replyTokens
    func list(_ places: [Int], _ role: TokenSurprisal.Role) -> [TokenSurprisal] {
      zip(places, pieces(of: places.map { turn[$0] })).compactMap { place, text in
        guard plain.indices.contains(place - offset) else { return nil }
        return TokenSurprisal(
          text: text, role: role, plain: plain[place - offset],
          attached: attached.map { $0[place - offset] })
      }
    }
    return list(said, .user) + list(reply, .assistant)
  }

  /// Tokens as text, one piece each.
  private func pieces(of tokens: [Int32]) -> [String] {
    var stream = TextStream(tokenizer: model.tokenizer)
    return tokens.map { stream.append($0) }
  }
}

import Foundation
import Generation
import Transformer

extension ChatSession {
  /// Undoes the last steps: turns, and statements that were remembered without a reply.
  ///
  /// Memories that were attached at that time return to exactly their state before these steps.
  ///
  /// - Returns: the number of steps undone; fewer than requested when there are not enough.
  /// - Throws: `ChatError.noTurn` when there is none.
  @discardableResult
  public func undo(_ count: Int = 1) throws -> Int {
    guard !exchanges.isEmpty else { throw ChatError.noTurn(action: "undo") }
    forgetLastReport()
    noteUndone(max(0, count))
    return try takeBack(count)
  }

  /// Clears the conversation. The system prompt and the memories, with everything they learned, stay.
  public func clear() {
    exchanges = []
    undone = []
    firstInContext = 0
    isRefused = false
    conversation = UUID().uuidString
    forgetLastReport()
    engine.reset()
  }

  /// Replaces the conversation by an earlier one. The memories do not learn it again.
  public func load(_ transcript: Transcript) {
    clear()
    conversation = transcript.conversation
    systemPrompt = transcript.instructions
    for pair in transcript.exchanges {
      guard let response = pair.response else { continue }
      var exchange = Exchange(prompt: pair.prompt, response: response)
      let asked = encoder.prompt(pair.prompt.content, after: [], instructions: nil)
      exchange.replyTokens = encoder.reply(
        ChatMessage(role: .assistant, content: response.content, reasoning: response.reasoning),
        to: pair.prompt.content)
      exchange.reasoningCount =
        said(exchange.replyTokens, by: reader(after: asked)).reasoningCount
      exchanges.append(exchange)
    }
    dropUntilFitting()
  }

  /// Removes the last exchanges and rolls the memories back.
  @discardableResult
  func takeBack(_ count: Int) throws -> Int {
    let count = min(max(0, count), exchanges.count)
    guard count > 0 else { return 0 }
    let removed = exchanges.suffix(count)
    exchanges.removeLast(count)
    if let first = removed.first { restore(first.snapshots) }
    // A memory that was attached between the removed steps has its first snapshot in a later one.
    for exchange in removed.dropFirst() {
      let known = Set(
        removed.prefix { $0.prompt.id != exchange.prompt.id }.flatMap(\.snapshots.keys))
      restore(exchange.snapshots.filter { !known.contains($0.key) })
    }
    if firstInContext >= exchanges.count, !exchanges.isEmpty {
      firstInContext = 0
      dropUntilFitting()
    }
    firstInContext = min(firstInContext, exchanges.count)
    engine.truncate(to: engine.tokens.commonPrefix(with: contextTokens))
    return count
  }

  /// Drops the oldest exchanges until the rest fits, with room for a reply.
  private func dropUntilFitting() {
    while contextTokens.count > engine.contextLength * 3 / 4, firstInContext < exchanges.count {
      firstInContext += 1
    }
  }
}

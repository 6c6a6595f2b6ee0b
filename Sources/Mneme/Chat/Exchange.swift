import Generation
import Memory

/// One step of a conversation: a message and its reply, or a statement that was remembered without a reply.
struct Exchange {
  /// The user's message.
  var prompt: Transcript.Entry
  /// The model's reply; `nil` for a statement without a reply.
  var response: Transcript.Entry?
  /// The reply, as it was generated, reasoning included.
  var replyTokens: [Int32] = []
  /// How many of these tokens come before the answer.
  var reasoningCount = 0
  /// States of the attached memories before this step, by slot.
  var snapshots: [Int: MemorySnapshot] = [:]

  /// Whether the step is part of the model's context.
  var isSpoken: Bool { response != nil }

  /// The step as a template is given it.
  var messages: [ChatMessage] {
    guard let response else { return [] }
    return [
      ChatMessage(role: .user, content: prompt.content),
      ChatMessage(role: .assistant, content: response.content, reasoning: response.reasoning),
    ]
  }
}

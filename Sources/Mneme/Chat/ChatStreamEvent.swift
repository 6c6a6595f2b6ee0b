/// What a detailed stream of a reply delivers.
public enum ChatStreamEvent: Sendable, Equatable {
  /// The next piece of the reply: whole characters, only what is new.
  case text(String)
  /// Something the user should know.
  case notice(ChatNotice)
  /// The reply is complete; the last event.
  case finished(Response)
}

/// What happens to a conversation without anybody asking for it.
public enum ChatNotice: Sendable, Equatable {
  /// The context was full: the oldest turns are no longer read by the model.
  case droppedTurns(count: Int, contextLength: Int)
  /// The model's own chat template refuses the conversation, and the built-in form of its family is used.
  case refusedByTemplate(reason: String, form: String)
  /// A memory refused an update that was not finite and kept its last good state.
  case rejectedUpdate(memory: String, count: Int)
}

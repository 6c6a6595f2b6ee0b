/// The events of a detailed reply stream.
public enum ChatStreamEvent: Sendable, Equatable {
  /// The next new piece of the reply, in whole characters.
  case text(String)
  /// The next new piece of what the model thinks before it answers; no part of the reply.
  case reasoning(String)
  /// A notice for the user.
  case notice(ChatNotice)
  /// The reply is complete; the last event.
  case finished(Response)
}

/// Events in a conversation that the user did not request.
public enum ChatNotice: Sendable, Equatable {
  /// The context was full: the oldest turns are no longer read by the model.
  case droppedTurns(count: Int, contextLength: Int)
  /// The model's own chat template refuses the conversation, and the built-in form of its family is used.
  case refusedByTemplate(reason: String, form: String)
  /// A memory rejected an update that was not finite and kept its last good state.
  case rejectedUpdate(memory: String, count: Int)
}

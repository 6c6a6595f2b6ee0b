public import ModelFiles

/// Errors of a conversation, besides those that lower modules throw.
public enum ChatError: Error, Sendable, Equatable {
  /// No model was named and none was found; `searched` lists the paths that were tried.
  case noModel(searched: [String])
  /// One message alone does not fit into the context.
  case messageTooLong(tokens: Int, limit: Int)
  /// There is no turn to undo, regenerate or continue.
  case noTurn(action: String)
  /// A session has no memory of that name.
  case noSuchMemory(attached: [String])
  /// The file is attached already.
  case alreadyAttached(path: String)
  /// The operation needs a writable memory, and none is attached.
  case noWritableMemory
  /// A text that has no tokens after encoding.
  case emptyText
  /// A transcript that cannot be read.
  case unreadableTranscript(path: String, reason: String)
  /// A file that cannot be written.
  case unwritable(path: String, reason: String)
}

extension ChatError: MnemeError {
  /// The message: what went wrong, where, what was expected, and a hint.
  public var explanation: ErrorExplanation {
    switch self {
    case .noModel(let searched):
      ErrorExplanation(
        what: "no model was found (looked for \(searched.joined(separator: ", ")))",
        expected: "a GGUF file",
        hint: "give one with --model PATH or in the environment variable MNEME_MODEL")
    case .messageTooLong(let tokens, let limit):
      ErrorExplanation(
        what: "the message needs \(tokens) tokens", expected: "at most \(limit)",
        hint: "shorten it, learn it as a text instead, or raise --context if the model allows it")
    case .noTurn(let action):
      ErrorExplanation(what: "there is nothing to \(action)", expected: "an earlier turn")
    case .noSuchMemory(let attached):
      ErrorExplanation(
        what: attached.isEmpty
          ? "no memory is attached" : "no memory of that name is attached",
        expected: attached.isEmpty ? nil : attached.joined(separator: ", "),
        hint: attached.isEmpty ? "/attach me.mneme attaches one, or makes it" : nil)
    case .alreadyAttached(let path):
      ErrorExplanation(what: "this memory is attached already", location: path)
    case .noWritableMemory:
      ErrorExplanation(
        what: "no memory that may be written to is attached",
        hint: "/attach me.mneme attaches one, or makes it")
    case .emptyText:
      ErrorExplanation(what: "there is no text to learn")
    case .unreadableTranscript(let path, let reason):
      ErrorExplanation(
        what: reason, location: path, expected: "a transcript written by /save")
    case .unwritable(let path, let reason):
      ErrorExplanation(what: "the file cannot be written (\(reason))", location: path)
    }
  }
}

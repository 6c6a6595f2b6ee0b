public import ModelFiles

/// Errors of a trace, besides those of the model and the file.
public enum TraceError: Error, Sendable, Equatable {
  /// No hook point matches.
  case noSuchHook(pattern: String, examples: [String])
}

extension TraceError: MnemeError {
  /// The message: what went wrong, what was expected, and a hint.
  public var explanation: ErrorExplanation {
    switch self {
    case .noSuchHook(let pattern, let examples):
      ErrorExplanation(
        what: "no hook point is called \"\(pattern)\"",
        expected: "a name such as \(examples.joined(separator: " or "))",
        hint: "* stands for any part of a name")
    }
  }
}

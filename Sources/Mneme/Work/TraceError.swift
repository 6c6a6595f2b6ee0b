public import ModelFiles

/// What can go wrong in a trace, apart from what the model and the file report.
public enum TraceError: Error, Sendable, Equatable {
  /// No hook point matches.
  case noSuchHook(pattern: String, examples: [String])
  /// The memory whose surprise was asked for holds no module that learns by it.
  case noSurprise(path: String)
}

extension TraceError: MnemeError {
  /// What went wrong, what was expected, and a hint.
  public var explanation: ErrorExplanation {
    switch self {
    case .noSuchHook(let pattern, let examples):
      ErrorExplanation(
        what: "no hook point is called \"\(pattern)\"",
        expected: "a name such as \(examples.joined(separator: " or "))",
        hint: "* stands for any part of a name")
    case .noSurprise(let path):
      ErrorExplanation(
        what: "this memory holds no module that learns by surprise", location: path,
        hint: "'mneme memory kinds' lists what a memory can hold")
    }
  }
}

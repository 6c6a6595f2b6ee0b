public import ModelFiles

/// Errors of reading or running a chat template.
///
/// Lines count from 1. Text in the cases is the template's own, never that of messages.
public enum JinjaError: MnemeError, Equatable {
  /// The text is not Jinja.
  case syntax(line: Int, what: String, expected: String?)
  /// Jinja that this interpreter does not run.
  case unsupported(line: Int, feature: String)
  /// The template refuses the conversation, through `raise_exception`.
  case raised(line: Int, message: String)
  /// An operation that its values do not allow.
  case evaluation(line: Int, what: String, expected: String?)
  /// A limit of `JinjaLimits` was exceeded.
  case limit(line: Int, what: String, limit: Int)
  /// The template runs but leaves out message content.
  case incomplete
  /// The file has something else in a template's place.
  case notText

  /// The parts of the message for the user.
  public var explanation: ErrorExplanation {
    switch self {
    case .syntax(let line, let what, let expected):
      .init(what: what, location: Self.place(line), expected: expected)
    case .unsupported(let line, let feature):
      .init(
        what: "\(feature) is not supported", location: Self.place(line),
        hint: "name a built-in form instead")
    case .raised(let line, let message):
      .init(
        what: "the template refuses the conversation: \(quoted(message))",
        location: Self.place(line))
    case .evaluation(let line, let what, let expected):
      .init(what: what, location: Self.place(line), expected: expected)
    case .limit(let line, let what, let limit):
      .init(what: "\(what) too large", location: Self.place(line), expected: "at most \(limit)")
    case .incomplete:
      .init(
        what: "the template leaves out what is said", location: "the chat template",
        expected: "every message in its output")
    case .notText:
      .init(
        what: "the file holds no text in a template's place", location: "the chat template",
        expected: "a text, or several of which one is named 'default'")
    }
  }

  private static func place(_ line: Int) -> String { "the chat template, line \(line)" }
}

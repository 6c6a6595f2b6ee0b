package import Mneme

/// What can be wrong with a line typed into the REPL.
///
/// What was typed is left out: a line may be a message that only looks like a command.
package enum ReplError: Error, Sendable, Equatable {
  /// No command begins like this.
  case unknownCommand(suggestion: String?)
  /// Several commands begin like this.
  case ambiguousCommand(String, candidates: [String])
  /// The argument is missing or does not fit.
  case usage(String)
  /// What a command needs, and a line that gives it.
  case missing(String, example: String)
  /// No conversation was saved under that name; those there are.
  case noSession(names: [String])
  /// No setting of that name.
  case unknownSetting(suggestion: String?)
  /// A value a setting does not take.
  case invalidValue(setting: String, expected: String)
  /// The conversation was saved, what the model has read of it was not.
  case contextNotSaved(path: String, reason: String)
  /// The editor could not be run.
  case editorFailed(String)
  /// A file that is no text.
  case unreadableText(path: String, reason: String)
}

extension ReplError: MnemeError {
  package var explanation: ErrorExplanation {
    switch self {
    case .unknownCommand(let suggestion):
      ErrorExplanation(
        what: "unknown command",
        hint: suggestion.map { "did you mean /\($0)?" } ?? "/help lists the commands")
    case .ambiguousCommand(let word, let candidates):
      ErrorExplanation(
        what: "/\(word) is ambiguous",
        expected: candidates.map { "/\($0)" }.joined(separator: " or "))
    case .usage(let usage):
      ErrorExplanation(what: "that does not fit", expected: usage)
    case .missing(let needed, let example):
      ErrorExplanation(what: "this needs \(needed)", hint: "for example \(example)")
    case .noSession(let names):
      ErrorExplanation(
        what: "no conversation is saved under that name, and there is no such file",
        hint: names.isEmpty
          ? "/save NAME saves this one"
          : "/sessions lists \(names.prefix(3).joined(separator: ", "))"
      )
    case .unknownSetting(let suggestion):
      ErrorExplanation(
        what: "unknown setting",
        hint: suggestion.map { "did you mean \($0)?" } ?? "/set lists the settings")
    case .invalidValue(let setting, let expected):
      ErrorExplanation(what: "\(setting) does not take that value", expected: expected)
    case .contextNotSaved(let path, let reason):
      ErrorExplanation(
        what: "the conversation is saved, but not what the model has read of it (\(reason))",
        location: path,
        hint: "/load will read the conversation again; /set save-context off leaves the file out")
    case .editorFailed(let editor):
      ErrorExplanation(
        what: "the editor \(editor) did not end well",
        hint: "set the environment variable EDITOR")
    case .unreadableText(let path, let reason):
      ErrorExplanation(what: reason, location: path, expected: "a UTF-8 text file")
    }
  }
}

/// Where the REPL's lines come from: a terminal, a script, a test.
@MainActor
package protocol LineSource: AnyObject {
  /// Whether a person types: prompts, spinners and hints only make sense then.
  var isInteractive: Bool { get }
  /// The next line, without its newline.
  func next(prompt: String) -> InputLine
  /// Keeps a whole input, multi-line ones as one, for the arrow keys and the history file.
  func remember(_ input: String)
  /// What Tab knows of the session.
  var words: SessionWords { get set }
  /// Turns the history file on or off; off also stops reading and writing it.
  func setHistory(_ enabled: Bool)
}

/// Words that Tab offers and that change as a session goes on.
package struct SessionWords: Sendable, Equatable {
  /// The attached memories' names.
  package var memories: [String] = []
  /// The first digits of the facts that were listed last.
  package var facts: [String] = []
  /// The names of saved conversations.
  package var sessions: [String] = []

  /// None yet.
  package init() {}
}

/// What a source of lines delivers.
package enum InputLine: Sendable, Equatable {
  /// A line.
  case line(String)
  /// The user gave up the line with Ctrl-C.
  case interrupted
  /// What comes next cannot be read, and there is no more.
  case unreadable(StreamError)
  /// There is no more.
  case end
}

extension LineSource {
  /// Scripts keep no history.
  package func remember(_ input: String) {}
  /// Scripts keep no history.
  package func setHistory(_ enabled: Bool) {}
  /// Scripts know no Tab.
  package var words: SessionWords {
    get { SessionWords() }
    set {}
  }
}

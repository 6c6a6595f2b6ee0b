import Foundation
import Mneme

/// `/sessions`: the conversations saved under a name.
struct SessionsCommand: ReplCommand {
  let name = "sessions"
  let usage = "/sessions"
  let summary = "the conversations you saved under a name"
  let group = CommandGroup.session

  func run(_ argument: String, in repl: REPL) async throws {
    guard argument.isEmpty else { throw ReplError.usage(usage) }
    let saved = repl.settings.shelf.sessions()
    repl.source.words.sessions = saved.map(\.name)
    guard !saved.isEmpty else {
      repl.output.line(
        "No conversation is saved. /save NAME saves this one, /load NAME takes it up.")
      return
    }
    for line in Self.lines(saved) { repl.output.line(line) }
  }

  /// A line for each: name, when, how long, how it begins.
  static func lines(_ saved: [SessionShelf.Saved]) -> [String] {
    let width = (saved.map(\.name.count).max() ?? 0) + 2
    return saved.map { session in
      let time = Date(timeIntervalSince1970: session.time)
      let style = Date.FormatStyle(locale: Locale(identifier: "en_GB"))
      let date =
        time.formatted(style.day().month(.abbreviated)) + " "
        + time.formatted(style.hour().minute())
      let words = session.beginning.split(whereSeparator: \.isNewline).joined(separator: " ")
      let beginning = words.count > 40 ? words.prefix(39) + "…" : words
      return session.name.padding(to: width) + date + "  "
        + Figures.plural(session.turns, "turn") + "  " + beginning
    }
  }
}

extension REPL {
  /// The file that `/save` and `/load` mean: a name is that of a saved session, anything else a path.
  func sessionPath(_ argument: String) -> (path: String, isNamed: Bool) {
    settings.shelf.path(of: argument).map { ($0, true) } ?? (PathText.expanded(argument), false)
  }
}

/// When a chat saves the attached memories. At the end, and when one is detached, it always does.
package enum Autosave: Sendable, Equatable {
  /// After each exchange.
  case on
  /// Only at the end.
  case off
  /// After an exchange, when the last time is at least so many seconds ago.
  case every(seconds: Double)

  /// What is understood, in words.
  package static let expected = "on, off, or a number of seconds up to 86400"

  /// Reads `on`, `off` or a number of seconds.
  package init?(_ text: String) {
    switch text.lowercased() {
    case "on", "true", "yes": self = .on
    case "off", "false", "no": self = .off
    default:
      guard let seconds = Double(text), (0...86_400).contains(seconds) else { return nil }
      self = .every(seconds: seconds)
    }
  }
}

extension Autosave: CustomStringConvertible {
  package var description: String {
    switch self {
    case .on: "on"
    case .off: "off"
    case .every(let seconds):
      seconds == seconds.rounded() ? String(Int(seconds)) : String(seconds)
    }
  }
}

extension REPL {
  /// Saves what is attached if it is time to.
  ///
  /// What goes wrong is said once for each cause; the chat goes on, and the next exchange tries again.
  package func autosave() async {
    switch settings.autosave {
    case .off: return
    case .on: break
    case .every(let seconds):
      if let lastAutosave, now() - lastAutosave < .seconds(seconds) { return }
    }
    do {
      _ = try await conversation.keepAttached()
      lastAutosave = now()
      autosaveProblem = nil
    } catch {
      let problem = ErrorRenderer.render(error)
      guard problem != autosaveProblem else { return }
      autosaveProblem = problem
      output.writeProblem(problem)
    }
  }
}

import Foundation
package import Mneme

/// What can go wrong with the streams the program was started with.
package enum StreamError: MnemeError, Equatable {
  /// Standard output could not be written, by the system's number for the reason.
  case unwritable(code: Int32)
  /// Standard input could not be read, by the system's number for the reason.
  case unreadable(code: Int32)
  /// Standard input holds more bytes than are read.
  case tooLong(limit: Int)
  /// Standard input begins with the byte order mark of UTF-16 or UTF-32.
  case wideText

  /// Whether the reader of standard output has gone, as `head` does when it has seen enough. No news to anybody.
  package var isClosedPipe: Bool { self == .unwritable(code: EPIPE) }

  package var explanation: ErrorExplanation {
    switch self {
    case .unwritable(let code):
      ErrorExplanation(
        what: "standard output could not be written: \(Self.reason(code))",
        hint: (code == ENOSPC || code == EDQUOT ? "free some space; " : "")
          + "what was printed is cut short, and files that the command changed stay changed")
    case .unreadable(let code):
      ErrorExplanation(
        what: "standard input could not be read: \(Self.reason(code))",
        expected: "text from a file or a pipe", hint: "give it with < FILE, or as COMMAND | mneme")
    case .tooLong(let limit):
      ErrorExplanation(
        what: "standard input is too long", expected: "at most \(Figures.bytes(limit))",
        hint: "give it in parts")
    case .wideText: EvaluationError.wideText(path: "standard input").explanation
    }
  }

  private static func reason(_ code: Int32) -> String {
    switch code {
    case EBADF: "it is closed"
    case EISDIR: "it is a directory"
    default: String(cString: strerror(code)).lowercased()
    }
  }
}

import Foundation
import Mneme

/// Standard output and standard error, written whole and at once.
package enum StandardStreams {
  /// Whether standard input is a terminal.
  package static var inputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }
  /// Whether standard output is a terminal.
  package static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
  /// Whether standard error is a terminal.
  package static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Whether colours may be used on a stream: a terminal, and nobody asked for none (no-color.org).
  package static func allowsColor(terminal: Bool) -> Bool {
    let environment = ProcessInfo.processInfo.environment
    return terminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }

  /// Width of the terminal in columns; 80 where it is unknown.
  package static var columns: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes text to standard output.
  package static func out(_ text: String) {
    write(text, to: STDOUT_FILENO)
  }

  /// Writes text to standard error.
  package static func error(_ text: String) {
    write(text, to: STDERR_FILENO)
  }

  /// One line, `mneme: ...`, on standard error.
  package static func report(_ problem: any Error) {
    error("mneme: \(ErrorRenderer.render(problem))\n")
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
        if count < 0 {
          if errno == EINTR || errno == EAGAIN { continue }
          return
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
  }
}

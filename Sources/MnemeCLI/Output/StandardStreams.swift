package import Foundation
import Mneme

/// Standard output and standard error, written whole and at once, and standard input.
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
  package static func out(_ text: String) throws(StreamError) {
    try write(text, to: STDOUT_FILENO)
  }

  /// Writes text to standard error. A failure has nowhere to be told.
  package static func error(_ text: String) {
    try? write(text, to: STDERR_FILENO)
  }

  /// One line, `mneme: ...`, on standard error.
  package static func report(_ problem: any Error) {
    error("mneme: \(ErrorRenderer.render(problem))\n")
  }

  /// Writes text to an open stream.
  ///
  /// - Throws: `StreamError.unwritable`.
  package static func write(_ text: String, to descriptor: Int32) throws(StreamError) {
    var text = text
    let code = text.withUTF8 { bytes -> Int32? in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
        if count < 0 {
          if isWorthRepeating(descriptor, POLLOUT) { continue }
          return errno
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
      return nil
    }
    if let code { throw .unwritable(code: code) }
  }

  /// The bytes that have arrived on standard input, at most 64 KiB; waits for the first one. None at the end.
  ///
  /// - Throws: `StreamError.unreadable`.
  package static func input(from descriptor: Int32 = STDIN_FILENO) throws(StreamError) -> Data {
    var bytes = Data(count: 1 << 16)
    while true {
      let count = bytes.withUnsafeMutableBytes {
        Foundation.read(descriptor, $0.baseAddress, $0.count)
      }
      if count >= 0 { return bytes.prefix(count) }
      if !isWorthRepeating(descriptor, POLLIN) { throw .unreadable(code: errno) }
    }
  }

  /// Whether a call that has just failed may succeed now: a signal had come between, or the stream is one that never
  /// blocks, and has become ready.
  package static func isWorthRepeating(_ descriptor: Int32, _ events: some BinaryInteger) -> Bool {
    if errno == EINTR { return true }
    guard errno == EAGAIN else { return false }
    var request = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    return poll(&request, 1, -1) > 0 || errno == EINTR
  }

  /// Takes the numbers of streams that were closed before the program began.
  ///
  /// The next file that is opened would get the number, and what is printed would be written into it. What stands there now
  /// is open the wrong way round: using it fails as on a closed stream.
  package static func reserve() {
    for (descriptor, mode) in [
      (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY),
    ] where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest number that is free, which is this one.
      _ = open("/dev/null", mode)
    }
  }
}

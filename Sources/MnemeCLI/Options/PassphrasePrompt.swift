import Foundation
package import Mneme

/// Asks for a passphrase on the terminal; nothing of it is shown.
package enum PassphrasePrompt {
  /// Asks on the terminal the program was started from, wherever its input and output go.
  ///
  /// - Throws: `MemoryError.sealing` when there is no terminal, `CancellationError` after Ctrl-C or Ctrl-D.
  package static func ask(_ path: String, prompt: String) throws -> Passphrase {
    let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
    guard terminal >= 0 else { throw MemoryError.sealing(.passphraseNeeded(path: path)) }
    defer { close(terminal) }
    return try ask(prompt, on: terminal, path: path)
  }

  /// Asks on a terminal that is open already.
  package static func ask(
    _ prompt: String, on terminal: Int32, path: String
  ) throws -> Passphrase {
    var before = termios()
    guard tcgetattr(terminal, &before) == 0 else {
      throw MemoryError.sealing(.passphraseNeeded(path: path))
    }
    var quiet = before
    // Without signals from the keyboard nothing ends the program while the terminal shows nothing.
    quiet.c_lflag &= ~tcflag_t(ECHO | ECHONL | ICANON | ISIG)
    tcsetattr(terminal, TCSAFLUSH, &quiet)
    defer {
      tcsetattr(terminal, TCSAFLUSH, &before)
      write("\n", to: terminal)
    }
    write(prompt, to: terminal)
    var line: [UInt8] = []
    line.reserveCapacity(Passphrase.longest + 4)
    defer { for index in line.indices { line[index] = 0 } }
    try readLine(&line, from: terminal)
    return try Passphrase(String(decoding: line, as: UTF8.self))
  }

  private static func readLine(_ line: inout [UInt8], from terminal: Int32) throws {
    let (interrupt, end, kill): (UInt8, UInt8, UInt8) = (3, 4, 21)
    while line.count <= Passphrase.longest {
      var byte: UInt8 = 0
      let count = read(terminal, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw CancellationError() }
      switch byte {
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return
      case interrupt: throw CancellationError()
      case end where line.isEmpty: throw CancellationError()
      case kill: line.removeAll()
      case 8, 127:
        // A character of several bytes goes as a whole.
        while let last = line.popLast(), last & 0xC0 == 0x80 {}
      case 0..<32: continue
      default: line.append(byte)
      }
    }
  }

  private static func write(_ text: String, to terminal: Int32) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { Foundation.write(terminal, $0.baseAddress, $0.count) }
  }
}

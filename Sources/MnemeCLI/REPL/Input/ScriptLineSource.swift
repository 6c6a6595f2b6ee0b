package import Foundation

/// Lines from `-c` options or from a standard input that is no terminal.
@MainActor
package final class ScriptLineSource: LineSource {
  package let isInteractive = false
  private var pending: ArraySlice<String>
  private let handle: FileHandle?
  private var buffer = Data()
  private var isAtEnd: Bool

  /// Lines given in advance; an element may hold several lines.
  package init(lines: [String]) {
    pending =
      lines.flatMap { $0.split(separator: "\n", omittingEmptySubsequences: false) }
      .map(String.init)[...]
    handle = nil
    isAtEnd = true
  }

  /// Lines read from a file handle as they arrive, so that a program can hold a conversation.
  package init(reading handle: FileHandle) {
    pending = []
    self.handle = handle
    isAtEnd = false
  }

  package func next(prompt: String) -> InputLine {
    if let line = pending.popFirst() { return .line(line) }
    while true {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        let line = Data(buffer[..<end])
        buffer = Data(buffer[(end + 1)...])
        return .line(Self.text(line))
      }
      if isAtEnd { break }
      let chunk = handle?.availableData ?? Data()
      if chunk.isEmpty { isAtEnd = true } else { buffer.append(chunk) }
    }
    guard !buffer.isEmpty else { return .end }
    defer { buffer = Data() }
    return .line(Self.text(buffer))
  }

  /// Bytes that are not UTF-8 become replacement characters; a carriage return before the newline
  /// is not part of the line.
  private static func text(_ bytes: Data) -> String {
    var line = String(decoding: bytes, as: UTF8.self)
    if line.unicodeScalars.last == "\r" { line.unicodeScalars.removeLast() }
    return line
  }
}

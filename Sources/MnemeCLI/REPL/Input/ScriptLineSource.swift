package import Foundation
import Mneme

/// Lines from `-c` options or from a standard input that is no terminal.
@MainActor
package final class ScriptLineSource: LineSource {
  package let isInteractive = false
  private var pending: ArraySlice<String>
  private let handle: FileHandle?
  private var buffer = Data()
  private var isAtEnd: Bool
  private var isFirst = true

  /// Lines given in advance; an element may hold several lines, those of a file with its byte order mark among them.
  package init(lines: [String]) {
    let texts = lines.map {
      String(decoding: ByteOrderMark.removed(from: Data($0.utf8)), as: UTF8.self)
    }
    pending =
      texts.flatMap { $0.split(separator: "\n", omittingEmptySubsequences: false) }
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
        return read(line)
      }
      guard !isAtEnd, let handle else { break }
      do {
        let chunk = try StandardStreams.input(from: handle.fileDescriptor)
        if chunk.isEmpty { isAtEnd = true } else { buffer.append(chunk) }
      } catch {
        return .unreadable(error)
      }
    }
    guard !buffer.isEmpty else { return .end }
    defer { buffer = Data() }
    return read(buffer)
  }

  /// Bytes that are not UTF-8 become replacement characters; a byte order mark before the first line and a carriage
  /// return before a newline are not part of the line.
  private func read(_ bytes: Data) -> InputLine {
    var bytes = bytes
    if isFirst {
      isFirst = false
      // Every second byte of such a script is a zero, and none of its lines would be what it says.
      if ByteOrderMark.isWide(bytes) { return .unreadable(.wideText) }
      bytes = ByteOrderMark.removed(from: bytes)
    }
    var line = String(decoding: bytes, as: UTF8.self)
    if line.unicodeScalars.last == "\r" { line.unicodeScalars.removeLast() }
    return .line(line)
  }
}

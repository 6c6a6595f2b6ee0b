import Foundation

/// A whole input.
package struct AssembledInput: Sendable, Equatable {
  /// Its text, lines joined by newlines.
  package var text: String
  /// Whether it began inside a `"""` block, so that a slash at its start means nothing.
  package var isLiteral: Bool

  /// An input from its parts.
  package init(_ text: String, isLiteral: Bool = false) {
    self.text = text
    self.isLiteral = isLiteral
  }
}

/// Puts lines together into inputs: `"""` blocks and lines that end in a backslash.
package struct InputAssembler {
  private enum State {
    case idle
    case block([String], isLiteral: Bool)
    case continued([String])
  }

  private var state = State.idle

  /// An assembler that holds nothing.
  package init() {}

  /// Whether more lines are needed.
  package var isPending: Bool {
    if case .idle = state { return false }
    return true
  }

  /// Gives up what was begun.
  package mutating func reset() {
    state = .idle
  }

  /// Takes a line; returns an input when it completes one.
  ///
  /// A block may begin after a command (`/system """`); what precedes it stays in front.
  package mutating func add(_ line: String) -> AssembledInput? {
    switch state {
    case .idle:
      return begin(line)
    case .block(let lines, let isLiteral):
      if let end = line.range(of: Self.fence) {
        state = .idle
        let last = String(line[..<end.lowerBound])
        let whole = last.isEmpty ? lines : lines + [last]
        return AssembledInput(whole.joined(separator: "\n"), isLiteral: isLiteral)
      }
      state = .block(lines + [line], isLiteral: isLiteral)
      return nil
    case .continued(let lines):
      return continueLine(line, after: lines)
    }
  }

  /// What there is when the source ends in the middle of an input.
  package mutating func finish() -> AssembledInput? {
    defer { state = .idle }
    switch state {
    case .idle: return nil
    case .block(let lines, let isLiteral):
      return AssembledInput(lines.joined(separator: "\n"), isLiteral: isLiteral)
    case .continued(let lines): return AssembledInput(lines.joined(separator: "\n"))
    }
  }

  private static let fence = "\"\"\""

  private mutating func begin(_ line: String) -> AssembledInput? {
    if let start = line.range(of: Self.fence), Self.mayOpenBlock(line[..<start.lowerBound]) {
      let head = String(line[..<start.lowerBound])
      let rest = line[start.upperBound...]
      if let end = rest.range(of: Self.fence) {
        return AssembledInput(
          head + String(rest[..<end.lowerBound]), isLiteral: head.allSatisfy(\.isWhitespace))
      }
      // The text begins on the fence's own line only if something stands there.
      state = .block(
        rest.isEmpty && head.isEmpty ? [] : [head + String(rest)],
        isLiteral: head.allSatisfy(\.isWhitespace))
      return nil
    }
    return continueLine(line, after: [])
  }

  private mutating func continueLine(_ line: String, after lines: [String]) -> AssembledInput? {
    if line.hasSuffix("\\") {
      state = .continued(lines + [String(line.dropLast())])
      return nil
    }
    state = .idle
    return AssembledInput((lines + [line]).joined(separator: "\n"))
  }

  /// A fence opens a block at the start of a line or after a command and its words.
  private static func mayOpenBlock(_ head: Substring) -> Bool {
    head.allSatisfy(\.isWhitespace) || head.drop(while: \.isWhitespace).hasPrefix("/")
  }
}

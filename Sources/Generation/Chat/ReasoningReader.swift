/// Separates the reasoning at the beginning of a reply from the answer while the reply is generated.
///
/// A block counts only where the reply, or what follows another block, begins with its mark: an answer may speak of the
/// mark. Reasoning that is not finished is reasoning. White space at the beginning of both parts and at the end of the
/// reasoning is dropped.
package struct ReasoningReader: Sendable {
  /// New text of one of the parts.
  package enum Piece: Sendable, Equatable {
    case reasoning(String)
    case answer(String)
  }

  private enum Place {
    /// Before the answer, and outside of a block.
    case beginning
    case reasoning
    case answer
  }

  private let marks: ReasoningMarks?
  private var place: Place
  /// Text of which it is not known yet whether it is a mark, or white space at an end.
  private var held = ""
  private var hasReasoned = false
  private var isAtBlockStart = true

  /// Starts a reply.
  ///
  /// - Parameters:
  ///   - marks: nil for a model that writes no reasoning apart.
  ///   - isOpen: whether the prompt has opened a block already.
  package init(marks: ReasoningMarks?, isOpen: Bool) {
    self.marks = marks
    place = marks != nil && isOpen ? .reasoning : .beginning
  }

  /// Whether the answer has begun.
  package var isAnswering: Bool { if case .answer = place { true } else { false } }

  /// The pieces that are complete with some more text.
  package mutating func pass(_ text: String) -> [Piece] {
    var pieces: [Piece] = []
    held += text
    while advance(&pieces) {}
    return pieces
  }

  /// What was held back, once the reply has ended.
  package mutating func finish() -> [Piece] {
    let rest = held
    held = ""
    switch place {
    case .beginning:
      let answer = String(rest.drop(while: \.isWhitespace))
      return answer.isEmpty ? [] : [.answer(answer)]
    case .reasoning: return thought(Self.withoutEnd(rest[...])).map { [.reasoning($0)] } ?? []
    case .answer: return []
    }
  }

  /// Takes what is certain from the held text; true when there may be more.
  private mutating func advance(_ pieces: inout [Piece]) -> Bool {
    switch place {
    case .beginning: return begin(&pieces)
    case .reasoning: return reason(&pieces)
    case .answer:
      if !held.isEmpty { pieces.append(.answer(held)) }
      held = ""
      return false
    }
  }

  private mutating func begin(_ pieces: inout [Piece]) -> Bool {
    let text = held.drop(while: \.isWhitespace)
    guard !text.isEmpty else {
      held = ""
      return false
    }
    if let open = marks?.open {
      if text.hasPrefix(open) {
        held = String(text.dropFirst(open.count))
        place = .reasoning
        isAtBlockStart = true
        return true
      }
      if open.hasPrefix(text) {
        held = String(text)
        return false
      }
    }
    held = String(text)
    place = .answer
    return true
  }

  private mutating func reason(_ pieces: inout [Piece]) -> Bool {
    guard let close = marks?.close else { return false }
    if let end = held.firstRange(of: close) {
      if let text = thought(Self.withoutEnd(held[..<end.lowerBound])) {
        pieces.append(.reasoning(text))
      }
      held = String(held[end.upperBound...])
      place = .beginning
      return true
    }
    // What may be the beginning of the mark waits, and so does white space, which may be the end.
    var certain = held[...]
    for length in stride(from: min(close.count - 1, held.count), to: 0, by: -1)
    where held.hasSuffix(close.prefix(length)) {
      certain = held.dropLast(length)
      break
    }
    certain = Self.withoutEnd(certain)
    let rest = String(held[certain.endIndex...])
    if let text = thought(certain) {
      pieces.append(.reasoning(text))
      held = rest
    } else if certain.isEmpty, isAtBlockStart {
      held = String(rest.drop(while: \.isWhitespace))
    } else {
      held = rest
    }
    return false
  }

  /// New text of the block; nil when there is none. Blocks are separated by an empty line.
  private mutating func thought(_ text: Substring) -> String? {
    var text = text
    if isAtBlockStart { text = text.drop(while: \.isWhitespace) }
    guard !text.isEmpty else { return nil }
    let separator = isAtBlockStart && hasReasoned ? "\n\n" : ""
    isAtBlockStart = false
    hasReasoned = true
    return separator + text
  }

  private static func withoutEnd(_ text: Substring) -> Substring {
    var text = text
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}

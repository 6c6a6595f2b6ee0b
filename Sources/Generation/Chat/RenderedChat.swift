/// A conversation as a template writes it, with the message that every character belongs to.
struct RenderedChat {
  let characters: [JinjaCharacter]
  /// The message of each character, or `nobody`.
  private(set) var owners: [Int32] = []

  static let nobody: Int32 = -1

  /// Determines which text belongs to which message.
  ///
  /// A template's own text belongs to the message whose loop iteration writes it. Text written outside of such loops,
  /// as a system prompt often is, belongs to the content it surrounds.
  ///
  /// - Parameters:
  ///   - begin: the begin of sequence, which belongs to no message.
  ///   - generationPrompt: the text that announces a reply, which also belongs to no message; nil when there is none.
  init(
    _ output: JinjaOutput, begin: [Unicode.Scalar], generationPrompt: [Unicode.Scalar]?
  ) {
    characters = output.characters
    owners.reserveCapacity(characters.count)
    var isOutside: [Bool] = []
    for run in output.runs {
      let owner = run.message.map { Int32(truncatingIfNeeded: $0) } ?? Self.nobody
      owners += Array(repeating: owner, count: run.count)
      isOutside += Array(repeating: run.message == nil, count: run.count)
    }
    for index in characters.indices where characters[index].origin >= 0 {
      owners[index] = characters[index].message
    }
    var forced = 0
    if !begin.isEmpty, starts(with: begin, at: 0) { forced = begin.count }
    claimBackwards(from: forced, isOutside)
    claimForwards(from: forced, isOutside)
    for index in 0..<forced { owners[index] = Self.nobody }
    if let prompt = generationPrompt, starts(with: prompt, at: characters.count - prompt.count) {
      for index in (characters.count - prompt.count)..<characters.count {
        owners[index] = Self.nobody
      }
    }
  }

  /// Whether the template's own text at `start` is this.
  private func starts(with text: [Unicode.Scalar], at start: Int) -> Bool {
    guard start >= 0, start + text.count <= characters.count else { return false }
    return zip(characters[start...], text).allSatisfy { $0.origin < 0 && $0.scalar == $1 }
  }

  /// Assigns text in front of a message's content to that message: text of no message, and the beginning of a later
  /// message into whose turn an earlier one was put.
  private mutating func claimBackwards(from begin: Int, _ isOutside: [Bool]) {
    var claimant = Self.nobody
    var claimed = Self.nobody
    for index in stride(from: characters.count - 1, through: begin, by: -1) {
      if characters[index].origin >= 0 {
        claimant = characters[index].message
        // Outside of loops, text of no message is claimed; inside, text of one later message.
        claimed = isOutside[index] || index == begin ? Self.nobody : owners[index - 1]
        if !isOutside[index], claimed <= claimant { claimant = Self.nobody }
      } else if claimant != Self.nobody {
        guard owners[index] == claimed else {
          claimant = Self.nobody
          continue
        }
        owners[index] = claimant
      }
    }
  }

  /// Assigns text of no message that follows a message's content outside of loops to that message.
  private mutating func claimForwards(from begin: Int, _ isOutside: [Bool]) {
    var claim = Self.nobody
    for index in begin..<max(begin, characters.count) {
      if characters[index].origin >= 0 {
        claim = isOutside[index] ? characters[index].message : Self.nobody
      } else if owners[index] == Self.nobody {
        owners[index] = claim
      } else if owners[index] != claim {
        claim = Self.nobody
      }
    }
  }

  /// The text in pieces of one owner and one origin.
  var segments: [ChatSegment] {
    var segments: [ChatSegment] = []
    var start = 0
    while start < characters.count {
      let end = end(ofPieceAt: start)
      segments.append(
        ChatSegment(
          text: text(start..<end),
          message: owners[start] == Self.nobody ? nil : Int(owners[start]),
          isContent: characters[start].origin >= 0 && !characters[start].isReasoning))
      start = end
    }
    return segments
  }

  private func end(ofPieceAt start: Int) -> Int {
    var end = start + 1
    while end < characters.count, owners[end] == owners[start],
      characters[end].origin == characters[start].origin
    {
      end += 1
    }
    return end
  }

  func text(_ range: Range<Int>) -> String {
    JinjaString(characters[range]).text
  }
}

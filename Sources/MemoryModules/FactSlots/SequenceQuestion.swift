/// A question about the order in which things were told: "What did I tell you after the plumber?"
public struct SequenceQuestion: Sendable, Equatable {
  /// Which way.
  public enum Direction: String, Sendable, Codable, CaseIterable {
    /// What was told next.
    case after
    /// What was told before.
    case before
  }

  /// Which way it asks.
  public var direction: Direction
  /// What it is told of: "the plumber".
  public var cue: String

  private static let saying: Set<String> = ["tell", "told", "say", "said", "mention", "mentioned"]
  private static let fillers: Set<String> = [
    "that", "i", "told", "you", "said", "mentioned", "about", "of", "to", "right", "just",
  ]

  /// Reads a message; English.
  ///
  /// - Returns: nil for one that does not ask for what was told before or after something.
  public init?(_ text: String) {
    let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    let plain = words.map { $0.lowercased().filter { $0.isLetter || $0.isNumber } }
    guard let opener = plain.first, opener == "what" || opener == "which",
      let at = plain.indices.first(where: { plain[$0] == "after" || plain[$0] == "before" })
    else { return nil }
    let asks = plain[..<at]
    guard asks.contains("i"), !Self.saying.isDisjoint(with: asks),
      let direction = Direction(rawValue: plain[at])
    else { return nil }
    var rest = words[(at + 1)...]
    while let word = rest.first, Self.fillers.contains(word.lowercased()) {
      rest = rest.dropFirst()
    }
    let cue = rest.joined(separator: " ")
    let end = cue.lastIndex { !"?!. ".contains($0) }
    guard let end else { return nil }
    self.direction = direction
    self.cue = String(cue[...end])
  }
}

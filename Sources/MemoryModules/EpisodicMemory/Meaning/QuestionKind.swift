/// What the words of a message tell about what it asks for.
package struct QuestionKind {
  /// Whether it speaks of the user.
  package let isFirstPerson: Bool
  /// Whether it speaks of something of the user's.
  package let isPossessive: Bool
  /// Whether it asks something.
  package let isQuestion: Bool

  private static let possessives: Set<String> = [
    "my", "our", "mine", "ours", "mein", "meine", "meinen", "meiner", "unser", "unsere", "mi",
    "mis",
    "nuestro", "nuestra", "mon", "ma", "mes", "notre", "nos",
  ]
  private static let persons: Set<String> = [
    "i", "me", "we", "us", "i'm", "i've", "i'd", "i'll", "we're", "we've", "myself", "ich", "mir",
    "mich", "wir", "uns", "yo", "je", "j", "moi", "nous", "vivo", "tengo",
  ]
  private static let requests: Set<String> = ["tell", "remind", "remember", "guess", "say", "and"]
  private static let openers: Set<String> = [
    "what", "what're", "whats", "who", "whose", "whom", "where", "when", "which", "why", "how",
    "do",
    "doe", "did", "is", "are", "am", "was", "were", "can", "could", "have", "has", "had", "will",
    "should", "would", "wie", "wo", "wer", "wann", "welche", "welcher", "cómo", "dónde", "qué",
    "quién", "cuándo", "comment", "où", "quel", "quelle", "qui", "quand",
  ]

  /// Looks at a message's words; English, and the commonest of German, Spanish and French.
  ///
  /// - Parameters:
  ///   - text: the message.
  ///   - stems: of its words (`WordSplitter.stems`).
  package init(_ text: String, stems: [String]) {
    isPossessive = stems.contains { Self.possessives.contains($0) }
    isFirstPerson = isPossessive || stems.contains { Self.persons.contains($0) }
    // "Tell me where I live" asks, "tell me a joke" does not.
    let isAsked =
      stems.first.map { Self.requests.contains($0) } == true
      && stems.prefix(4).contains { Self.openers.contains($0) }
    isQuestion =
      text.contains("?") || isAsked || stems.first.map { Self.openers.contains($0) } == true
  }
}

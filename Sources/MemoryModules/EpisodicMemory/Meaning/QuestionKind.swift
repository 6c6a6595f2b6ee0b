import Tokenization

/// What the words of a message tell about what it asks for.
package struct QuestionKind {
  /// Its words, as stems (`WordSplitter.stems`).
  let stems: [String]
  /// Whether it speaks of the user.
  package let isFirstPerson: Bool
  /// Whether it speaks of something of the user's.
  package let isPossessive: Bool
  /// Whether it asks something.
  package let isQuestion: Bool
  /// The kind of answer it asks for.
  package let answers: AnswerKinds
  /// The groups of relatives, friends and animals it mentions (`PersonWords.group`).
  package let people: Set<Int>
  /// Whether it asks how the user is called.
  package let asksOwnName: Bool
  /// Whether it asks the model about itself ("Do you like dogs?").
  package let isSecondPerson: Bool
  /// The names in it, as stems.
  package let names: Set<String>
  /// Whether it asks for what is liked or disliked.
  package let attitude: Attitude?

  private static let requests: Set<String> = [
    "tell", "remind", "remember", "guess", "say", "and", "give", "show", "list", "name", "recall",
    "repeat", "please",
  ]
  private static let openers: Set<String> = [
    "what", "what're", "whats", "who", "whose", "whom", "where", "when", "which", "why", "how",
    "do", "doe", "did", "is", "are", "am", "was", "were", "can", "could", "have", "has", "had",
    "will", "should", "would", "wie", "wo", "wer", "wann", "welche", "welcher", "cómo", "dónde",
    "qué", "quién", "cuándo", "comment", "où", "quel", "quelle", "qui", "quand",
  ]

  /// Verbs of short statements.
  private static let verbs: Set<String> = Set(StatementWords.links.keys).union(
    StatementWords.living
  ).union([
    "i", "we", "has", "have", "had", "got", "like", "likes", "love", "loves", "hate", "hates",
    "works", "work", "plays", "runs", "died", "comes", "came", "left", "won", "lost", "moved",
    "thanks", "thank",
  ])

  /// Looks at a message's words; English, and the commonest of German, Spanish and French.
  package init(_ text: String) {
    let stems = WordSplitter.stems(of: text)
    self.stems = stems
    let words = SpokenWord.words(of: text)
    isPossessive = stems.contains { PersonWords.possessives.contains($0) }
    isFirstPerson = stems.contains { PersonWords.isFirstPerson($0) }
    // "Tell me where I live" and "tell me the name of my boat" ask, "tell me a joke" does not.
    let isAsked =
      stems.first.map { Self.requests.contains($0) } == true
      && (stems.prefix(4).contains { Self.openers.contains($0) } || isPossessive)
    // "My locker code".
    let isPhrase =
      isPossessive && words.count <= 5 && Self.verbs.isDisjoint(with: words.map(\.lower))
    isQuestion =
      text.contains("?") || isAsked || isPhrase
      || stems.first.map { Self.openers.contains($0) } == true
    answers = .asked(by: words)
    people = Set(stems.compactMap(PersonWords.group))
    attitude = Attitude(words)
    isSecondPerson =
      !isFirstPerson && words.contains { ["you", "your", "you're", "yours"].contains($0.lower) }
    names = Set(
      words.enumerated().compactMap { place, word in
        guard word.isCapitalised, let stem = WordSplitter.stem(Array(word.lower.utf8)),
          place > 0 || !WordRarity.isCommon(stem), !PersonWords.isFirstPerson(word.lower)
        else { return nil }
        return stem
      })
    asksOwnName = people.isEmpty && Self.asksOwnName(words.map(\.lower))
  }

  /// "What is my name", "who am I", "do you remember me".
  private static func asksOwnName(_ words: [String]) -> Bool {
    let names: Set<String> = ["name", "nickname", "surname"]
    for (index, word) in words.enumerated() {
      let next = index + 1 < words.count ? words[index + 1] : ""
      let second = index + 2 < words.count ? words[index + 2] : ""
      switch word {
      case "my", "meinen", "mein":
        if names.contains(next) || FactTraits.ownNames.contains(next) && names.contains(second) {
          return true
        }
      case "who", "whom":
        if next == "am" && second == "i" || next == "i" && second == "am" { return true }
      case "am": if next == "i", ["called", "named"].contains(second) { return true }
      case "remember", "know", "call", "calls": if next == "me", second.isEmpty { return true }
      case "heiße", "heisse": return true
      default: break
      }
    }
    return false
  }
}

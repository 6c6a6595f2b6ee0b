import Tokenization

/// What a statement is about, and what it can answer: what a question is compared with beside words and meaning.
package struct FactTraits: Sendable {
  /// The kinds of answers it offers.
  package var answers: AnswerKinds = []
  /// The groups of relatives, friends and animals it mentions (`PersonWords.group`).
  package var people: Set<Int> = []
  /// Whether it speaks of the user.
  package var isFirstPerson = false
  /// Whether it speaks of somebody else only: its subject is a name, or a person named before.
  package var isAboutAnother = false
  /// Whether it says how the user is called.
  package var namesUser = false
  /// What it likes or dislikes.
  package var attitude: Attitude?
  /// Whether it asks something.
  package var isQuestion = false
  /// Whether a word in it says that something has changed or was said wrongly.
  package var saysChange = false
  /// Whether its subject was named in the sentence before ("She is 71").
  package var isDependent = false

  package init() {}

  /// The traits of a statement.
  ///
  /// - Parameter isCommon: whether a word of small letters is common, and so no name at the beginning of a sentence.
  package init(_ text: String, isCommon: (String) -> Bool = WordRarity.isCommon) {
    let words = SpokenWord.words(of: text)
    answers = .offered(by: words)
    people = Set(
      words.compactMap { WordSplitter.stem(Array($0.lower.utf8)).flatMap(PersonWords.group) })
    isFirstPerson = words.contains { PersonWords.isFirstPerson($0.lower) }
    attitude = Attitude(words)
    isQuestion = text.hasSuffix("?")
    saysChange = words.contains { StatementWords.updates.contains($0.lower) }
    let opening = words.firstIndex { !StatementWords.openers.contains($0.lower) }
    guard let opening else { return }
    let first = words[opening]
    isDependent = PersonWords.third.contains(first.lower)
    let isName =
      first.isCapitalised
      && WordSplitter.stem(Array(first.lower.utf8)).map { !isCommon($0) } == true
    isAboutAnother = isDependent || !isFirstPerson && isName
    namesUser = Self.namesUser(words)
  }

  /// "I'm Ines", "my full name", "call me", "ich heiße".
  private static func namesUser(_ words: [SpokenWord]) -> Bool {
    for (index, word) in words.enumerated() {
      let previous = index > 0 ? words[index - 1].lower : ""
      let before = index > 1 ? words[index - 2].lower : ""
      switch word.lower {
      case "name", "name's", "nickname", "surname":
        // "My name day" names nobody.
        let next = index + 1 < words.count ? words[index + 1] : nil
        let isSaid =
          word.lower == "name's"
          || next.map { $0.isCapitalised || being.contains($0.lower) } ?? true
        let isMine = previous == "my" || before == "my" && ownNames.contains(previous)
        if isMine, isSaid { return true }
      case "me": if previous == "call" || previous == "calls" { return true }
      case "heiße", "heisse", "m'appelle", "llamo": return true
      default:
        let isSaid = ["i'm", "im"].contains(previous) || before == "i" && previous == "am"
        if isSaid, word.isCapitalised { return true }
      }
    }
    return false
  }

  private static let being: Set<String> = ["is", "isn't", "was", "are", "will", "used"]

  /// What stands between "my" and "name".
  static let ownNames: Set<String> = [
    "full", "last", "first", "middle", "real", "own", "given", "family", "maiden",
  ]
}

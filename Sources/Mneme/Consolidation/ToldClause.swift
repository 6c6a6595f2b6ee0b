import Foundation
import Tokenization

/// A statement's first clause taken apart: who, does, what. English; nil where no verb is recognised.
struct ToldClause {
  /// Who or what it is about, as one asks for it: "I", "my dog", "Marie".
  let subject: String
  /// The helping verb it has ("am", "is", "can't", "have"); nil for a verb by itself.
  let auxiliary: String?
  /// The verb behind it in the form a question takes ("park", "parked" behind "have"); nil where the auxiliary is alone.
  let verb: String?
  /// What follows.
  let rest: [SpokenWord]
  /// The statement.
  let text: String

  /// Whether somebody speaks of themselves.
  var isFirstPerson: Bool { subject == "I" }
  var isBeing: Bool { verb == nil && Self.being.contains(auxiliary ?? "") }

  init?(_ statement: String) {
    let words = SpokenWord.words(of: statement)
    let start = ToldBack.start(of: words)
    guard start < words.count else { return nil }
    text = statement
    let first = words[start].lower
    var place: Int
    if let short = Self.short[first] {
      subject = "I"
      auxiliary = short
      place = start + 1
      (verb, rest) = Self.verb(words, &place, isBeing: short == "am")
      return
    }
    if first == "i" || first == "we" {
      subject = "I"
      place = start + 1
    } else {
      guard let found = Self.verbPlace(words, after: start) else { return nil }
      place = found
      // Without what is said between commas.
      let last = words[start..<found].first { $0.after.contains(",") } ?? words[found - 1]
      let said = String(statement[words[start].range.lowerBound..<last.range.upperBound])
      // "My dog" as "my dog"; a name stays as it is.
      let isOwn = ["my", "our", "the", "his", "her", "their", "a", "an"].contains(first)
      subject = isOwn ? said.prefix(1).lowercased() + said.dropFirst() : said
    }
    while place < words.count, Self.adverbs.contains(words[place].lower) { place += 1 }
    guard place < words.count else { return nil }
    let word = words[place].lower
    // "I have a meeting": a verb of its own; "I have been": not.
    let isOwn =
      ["has", "have", "do"].contains(word)
      && !(words.indices.contains(place + 1) && Self.isHelped(words[place + 1].lower))
    if Self.auxiliaries.contains(word), !isOwn {
      auxiliary = subject == "I" && word == "are" ? "am" : word
      place += 1
      (verb, rest) = Self.verb(
        words, &place, isBeing: Self.being.contains(word))
    } else if Self.isPast(word) {
      // "I parked": "have I parked".
      auxiliary = subject == "I" ? "have" : "has"
      verb = word == "went" ? "gone" : word
      rest = Array(words[(place + 1)...])
    } else {
      auxiliary = nil
      verb = subject == "I" ? word : Self.base(word)
      rest = Array(words[(place + 1)...])
    }
  }

  /// The verb behind an auxiliary, and what follows it.
  private static func verb(
    _ words: [SpokenWord], _ place: inout Int, isBeing: Bool
  ) -> (String?, [SpokenWord]) {
    while place < words.count, adverbs.contains(words[place].lower) { place += 1 }
    guard place < words.count else { return (nil, []) }
    let word = words[place].lower
    if isBeing && !word.hasSuffix("ing") { return (nil, Array(words[place...])) }
    return (word, Array(words[(place + 1)...]))
  }

  private static func verbPlace(_ words: [SpokenWord], after start: Int) -> Int? {
    // Of a clause alone: up to the first full stop.
    let end =
      words.indices.first { $0 >= start && words[$0].after.contains(where: ".!?;".contains) }
      .map { $0 + 1 } ?? words.count
    let places = (start + 1)..<max(start + 1, end)
    if let sure = places.first(where: {
      auxiliaries.contains(words[$0].lower) || isVerb(words[$0].lower)
        || isPast(words[$0].lower) && !words[$0].isCapitalised
    }) {
      return sure
    }
    // Behind a name: the first small word.
    guard words[start].isCapitalised,
      !["my", "our", "the", "a", "an"].contains(words[start].lower)
    else { return nil }
    return places.first { !words[$0].isCapitalised && words[$0].lower != "and" }
  }

  private static let short = [
    "i'm": "am", "im": "am", "we're": "am", "i've": "have", "we've": "have", "ive": "have",
    "i'd": "would", "we'd": "would", "i'll": "will", "we'll": "will",
  ]
  private static let adverbs: Set<String> = [
    "just", "currently", "usually", "always", "also", "really", "already", "often", "now", "never",
    "recently", "mostly", "still", "only", "not",
  ]
  private static let being: Set<String> = ["am", "is", "are", "was", "were", "isn't", "aren't"]
  private static let auxiliaries: Set<String> = [
    "am", "is", "are", "was", "were", "aren't", "do", "have", "can", "can't", "cannot", "don't",
    "doesn't", "didn't",
    "isn't", "wasn't", "won't", "will", "would", "should", "must", "has", "hasn't", "haven't",
  ]
  private static let past: Set<String> = [
    "got", "had", "went", "sold", "met", "bought", "told", "left", "lost", "found", "won", "made",
    "became", "began", "broke", "built", "saw", "wrote", "grew", "taught", "put", "gave", "took",
  ]
  private static let verbs: Set<String> = [
    "lives", "comes", "works", "likes", "loves", "hates", "plays", "studies", "starts", "begins",
    "ends", "opens", "closes", "arrives", "leaves", "drives", "speaks", "sleeps", "keeps", "owns",
    "wants", "needs", "eats", "drinks", "sings", "teaches", "sells", "costs", "weighs", "runs",
    "goes", "stands", "barks", "collects", "paints", "stays", "wears", "hides", "live", "come",
    "work", "like", "love", "play", "start", "end", "open", "close", "has", "have",
  ]

  private static func isVerb(_ word: String) -> Bool { verbs.contains(word) }
  private static func isPast(_ word: String) -> Bool {
    past.contains(word) || word.count > 4 && word.hasSuffix("ed")
  }

  private static func isHelped(_ word: String) -> Bool {
    isPast(word) || ["been", "not", "never", "gone", "done", "just"].contains(word)
  }

  private static func base(_ verb: String) -> String {
    switch verb {
    case "has": "have"
    case "goes", "does": String(verb.dropLast(2))
    case _ where verb.hasSuffix("ies") && verb.count > 4: verb.dropLast(3) + "y"
    case _ where ["ches", "shes", "sses", "xes"].contains { verb.hasSuffix($0) }:
      String(verb.dropLast(2))
    case _ where verb.hasSuffix("s") && !verb.hasSuffix("ss"): String(verb.dropLast())
    default: verb
    }
  }
}

import Foundation
import Tokenization

/// Questions about a statement of the user, made from its words: what fast weights learn to answer (self-study).
///
/// Several wordings of each, so that what is learned is the fact and not a wording; the last is kept apart to see whether
/// others are answered, too. English; what is not understood is asked about by its own words.
struct FactQuestions {
  /// Learned from.
  let asked: [String]
  /// Kept apart.
  let heldOut: String

  init(_ statement: String) {
    let all = Self.all(statement)
    asked = Array(all.dropLast())
    heldOut = all.last ?? "What did I tell you?"
  }

  private static let articles: Set<String> = ["my", "our", "the", "his", "her", "their"]
  private static let being: Set<String> = ["is", "are", "was", "were"]
  private static let naming: Set<String> = ["called", "named"]

  private static func all(_ statement: String) -> [String] {
    let words = SpokenWord.words(of: statement)
    let lower = words.map(\.lower)
    // "Just so you know, my dog ..." begins at "my".
    let start =
      lower.firstIndex { ["my", "our", "i", "i'm", "i've", "the", "we"].contains($0) } ?? 0
    func text(_ range: Range<Int>) -> String {
      guard let first = words[range].first, let last = words[range].last else { return "" }
      return String(statement[first.range.lowerBound..<last.range.upperBound])
    }
    guard start < words.count else { return general(statement, words) }
    if ["i", "i'm", "we"].contains(lower[start]) {
      return ofUser(lower, start: start, text: text) + general(statement, words)
    }
    guard articles.contains(lower[start]),
      let verb = lower[start...].firstIndex(where: { being.contains($0) || isVerb($0) }),
      verb > start + 1, verb + 1 < words.count
    else { return general(statement, words) }
    let article = lower[start] == "my" || lower[start] == "our" ? lower[start] : "the"
    var noun = text(start + 1..<verb)
    if being.contains(lower[verb]) {
      let isNamed = naming.contains(lower[verb + 1]) || noun.hasSuffix(" name")
      if noun.hasSuffix("'s name") { noun.removeLast(7) }
      if isNamed { return named("\(article) \(noun)", be: lower[verb]) }
      return described("\(article) \(noun)", be: lower[verb]) + general(statement, words)
    }
    let plain = base(lower[verb])
    return doing("\(article) \(noun)", plain, after: lower[(verb + 1)...])
      + general(statement, words)
  }

  private static func named(_ subject: String, be: String) -> [String] {
    [
      "What is \(subject) called?", "What is the name of \(subject)?",
      "Tell me \(subject)'s name.", "what's \(subject)'s name", "Who is \(subject)?",
      "Do you know how \(subject) is called?", "Can you remind me what \(subject) is called?",
    ]
  }

  private static func described(_ subject: String, be: String) -> [String] {
    [
      "What \(be) \(subject)?", "Who \(be) \(subject)?", "Can you tell me what \(subject) \(be)?",
      "What did I say \(subject) \(be)?",
    ]
  }

  private static func doing(
    _ subject: String, _ verb: String, after rest: ArraySlice<String>
  ) -> [String] {
    let word = asking(verb, rest)
    return [
      "\(word) does \(subject) \(verb)?",
      "Can you tell me \(word.lowercased()) \(subject) \(verb)s?",
      "What do you know about \(subject)?",
    ]
  }

  /// Questions about what somebody says of themselves.
  private static func ofUser(
    _ lower: [String], start: Int, text: (Range<Int>) -> String
  ) -> [String] {
    let rest = lower[min(start + 1, lower.count)...]
    let isBeing = lower[start] == "i'm" || ["am", "are"].contains(rest.first ?? "")
    let verbs = isBeing && lower[start] != "i'm" ? rest.dropFirst() : rest
    if isBeing {
      if let preposition = verbs.first(where: { ["to", "of", "with", "by", "in"].contains($0) }),
        let end = verbs.firstIndex(of: preposition), end > verbs.startIndex
      {
        let state = verbs[verbs.startIndex..<end].joined(separator: " ")
        return [
          "What am I \(state) \(preposition)?", "Do you know what I am \(state) \(preposition)?",
          "What did I say I'm \(state) \(preposition)?",
        ]
      }
      if verbs.contains("old") || verbs.contains("years") {
        return ["How old am I?", "What is my age?", "Do you remember how old I am?"]
      }
      return ["Who am I?", "What am I?", "What do you know about me?"]
    }
    guard let verb = verbs.first else { return [] }
    let word = asking(base(verb), verbs.dropFirst())
    if verb == "live" {
      return [
        "Where do I live?", "Which city do I live in?", "What is my home town?",
        "Do you remember where I live?",
      ]
    }
    if verb == "work" {
      return [
        "Where do I work?", "What do I do for a living?", "What is my job?",
        "Do you remember where I work?",
      ]
    }
    return [
      "\(word) do I \(verb)?", "Can you tell me \(word.lowercased()) I \(verb)?",
      "What did I say I \(verb)?",
    ]
  }

  /// "Where" of what somebody does in a place, "When" with days and hours, else "What".
  private static func asking(_ verb: String, _ rest: ArraySlice<String>) -> String {
    let days: Set<String> = [
      "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "tomorrow",
      "tonight", "noon", "midnight",
    ]
    if rest.contains(where: { days.contains($0) || $0.first?.isNumber == true })
      || ["come", "arrive", "start", "begin", "open", "close", "end", "leave"].contains(verb)
    {
      return "When"
    }
    if ["live", "stay", "work", "study", "park", "sit", "sleep"].contains(verb),
      rest.first.map({ ["in", "at", "on", "near", "by", "under"].contains($0) }) ?? false
    {
      return "Where"
    }
    return "What"
  }

  private static func isVerb(_ word: String) -> Bool {
    [
      "lives", "comes", "works", "likes", "loves", "hates", "plays", "studies", "starts", "begins",
      "ends", "opens", "closes", "arrives", "leaves", "drives", "speaks", "sleeps", "keeps", "has",
      "owns", "wants", "needs", "eats", "drinks", "sings", "teaches", "sells", "costs", "weighs",
      "runs", "goes", "stands", "barks", "collects", "paints", "stays", "wears", "calls", "hides",
    ].contains(word)
  }

  private static func base(_ verb: String) -> String {
    switch verb {
    case "has": "have"
    case "goes": "go"
    case "studies": "study"
    case "teaches": "teach"
    default: verb.hasSuffix("s") && isVerb(verb) ? String(verb.dropLast()) : verb
    }
  }

  /// Questions that name what the statement is about.
  private static func general(_ statement: String, _ words: [SpokenWord]) -> [String] {
    let small: Set<String> = [
      "my", "our", "the", "a", "an", "is", "are", "was", "were", "i", "i'm", "am", "we", "have",
      "has", "to", "of", "in", "at", "on", "and", "it", "that", "this", "called", "named", "just",
      "so", "you", "know", "for", "with", "by", "do", "does", "not", "be",
    ]
    let about = words.filter { !small.contains($0.lower) }.prefix(2).map(\.lower)
      .joined(separator: " ")
    guard !about.isEmpty else {
      return ["What did I tell you?", "Do you remember what I told you?"]
    }
    return ["What did I tell you about \(about)?", "Do you remember what I said about \(about)?"]
  }
}

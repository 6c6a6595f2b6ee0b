import Foundation
import Tokenization

/// Questions about a statement of the user, made from its words: what fast weights learn to answer (self-study).
///
/// Several wordings of each, so that what is learned is the fact and not a wording; the last is kept apart to see whether
/// others are answered, too. English; what is not understood is asked about by its own words.
package struct FactQuestions {
  /// Learned from.
  package let asked: [String]
  /// Kept apart.
  package let heldOut: String

  /// Questions about a statement.
  package init(_ statement: String) {
    var all: [String] = []
    for question in Self.all(statement) where !all.contains(question) { all.append(question) }
    asked = Array(all.dropLast())
    heldOut = all.last ?? "What did I tell you?"
  }

  private static func all(_ statement: String) -> [String] {
    guard let clause = ToldClause(statement), let first = cores(of: clause).first else {
      return general(about: words(of: statement))
    }
    let plain = first.prefix(1).lowercased() + first.dropFirst()
    var result = cores(of: clause)
    // Others among them: as one types in haste, and as one asks for an order.
    result.insert(first.lowercased().replacing("?", with: ""), at: 1)
    result.append("I forgot: \(plain)")
    if !clause.isFirstPerson {
      result.append("Tell me about \(clause.subject).")
      result += general(about: words(of: clause.subject)).prefix(1)
    }
    // The one that is kept apart.
    result.append("Sorry, \(plain.dropLast()) again?")
    return result
  }

  /// Direct questions, the plainest first.
  private static func cores(of clause: ToldClause) -> [String] {
    let subject = clause.subject
    let lower = clause.rest.map(\.lower)
    let isTime = isTime(lower)
    if clause.isBeing {
      let be = clause.auxiliary ?? "is"
      if subject.hasSuffix("'s name") || ["called", "named"].contains(lower.first ?? "") {
        return named(subject.hasSuffix("'s name") ? String(subject.dropLast(7)) : subject)
      }
      if lower.contains("old") || lower.contains("years") {
        return ["How old \(be) \(subject)?", "What is \(possessive(subject)) age?"]
      }
      if let preposition = lower.first, prepositions.contains(preposition) {
        if isTime {
          return [
            "When \(be) \(subject)?", "What day \(be) \(subject)?",
            "Can you tell me when \(subject) \(be)?",
          ]
        }
        let end = preposition == "from" ? " from" : ""
        return [
          "Where \(be) \(subject)\(end)?", "Can you tell me where \(subject) \(be)\(end)?",
        ]
      }
      // "allergic to ...", "afraid of ..."
      if let place = lower.firstIndex(where: { ["to", "of", "with"].contains($0) }),
        (1...2).contains(place), clause.isFirstPerson
      {
        let state = lower[...place].joined(separator: " ")
        return ["What am I \(state)?", "Can you tell me what I am \(state)?"]
      }
      var result = ["What \(be) \(subject)?", "Can you tell me what \(subject) \(be)?"]
      if clause.isFirstPerson || clause.rest.first?.isCapitalised == true {
        result.insert("Who \(be) \(subject)?", at: 1)
      } else if !clause.isFirstPerson {
        result.insert("Which one \(be) \(subject)?", at: 1)
        result.append("\(subject)?")
      }
      return result
    }
    guard let verb = clause.verb else { return [] }
    let helper = clause.auxiliary ?? (clause.isFirstPerson ? "do" : "does")
    return doing(clause, helper: helper, verb: verb, lower: lower, isTime: isTime)
  }

  private static func named(_ subject: String) -> [String] {
    [
      "What is \(subject) called?", "What is the name of \(subject)?",
      "Tell me \(possessive(subject)) name.", "what's \(possessive(subject)) name",
      "Who is \(subject)?", "Do you know how \(subject) is called?",
    ]
  }

  private static func doing(
    _ clause: ToldClause, helper: String, verb: String, lower: [String], isTime: Bool
  ) -> [String] {
    let subject = clause.subject
    let owner = possessive(subject)
    if verb == "work" {
      return lower.first == "as"
        ? [
          "What \(helper) \(subject) do?", "What is \(owner) job?",
          "What \(helper) \(subject) do for a living?",
        ]
        : [
          "Where \(helper) \(subject) work?", "What is \(owner) job?",
          "What \(helper) \(subject) do for a living?",
        ]
    }
    if verb == "live" {
      return [
        "Where \(helper) \(subject) live?", "Which town \(helper) \(subject) live in?",
        "Where is \(owner) home?",
      ]
    }
    // "keep / the passport / in the blue drawer"
    if let place = lower.firstIndex(where: { prepositions.contains($0) }) {
      let object = clause.rest[..<place]
      let said = object.isEmpty ? "" : " " + text(object, of: clause)
      let word = isTime ? "When" : "Where"
      var result = ["\(word) \(helper) \(subject) \(verb)\(said)?"]
      if !object.isEmpty, !isTime, !clause.isFirstPerson || said.count > 3 {
        result.append("Where is\(said)?")
        result.append("What \(helper) \(subject) \(verb)?")
      }
      result.append(
        "Can you tell me \(word.lowercased()) \(subject) \(inflected(verb, clause))\(said)?")
      return result
    }
    let word = isTime ? "When" : "What"
    return [
      "\(word) \(helper) \(subject) \(verb)?",
      "What is it that \(subject) \(inflected(verb, clause))?",
      "What do you know about \(clause.isFirstPerson ? "me" : subject)?",
    ]
  }

  private static let prepositions: Set<String> = [
    "in", "at", "on", "near", "by", "under", "behind", "beside", "from", "next", "above", "inside",
  ]

  private static func isTime(_ words: [String]) -> Bool {
    let times: Set<String> = [
      "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "tomorrow",
      "tonight", "noon", "midnight", "morning", "evening", "afternoon", "january", "february",
      "march", "april", "may", "june", "july", "august", "september", "october", "november",
      "december", "o'clock", "summer", "winter", "autumn", "spring",
    ]
    return words.contains { times.contains($0) }
      || zip(words, words.dropFirst()).contains { $0 == "at" && $1.first?.isNumber == true }
  }

  private static func text(_ words: ArraySlice<SpokenWord>, of clause: ToldClause) -> String {
    guard let first = words.first, let last = words.last else { return "" }
    return String(clause.text[first.range.lowerBound..<last.range.upperBound])
  }

  private static func possessive(_ subject: String) -> String {
    subject == "I" ? "my" : subject.hasSuffix("s") ? subject + "'" : subject + "'s"
  }

  /// The verb as it stands behind its subject.
  private static func inflected(_ verb: String, _ clause: ToldClause) -> String {
    guard clause.auxiliary == nil else { return "\(clause.auxiliary ?? "") \(verb)" }
    return clause.isFirstPerson ? verb : verb.hasSuffix("ch") ? verb + "es" : verb + "s"
  }

  /// Questions that name what a statement is about.
  private static func general(about words: String) -> [String] {
    guard !words.isEmpty else {
      return ["What did I tell you?", "Do you remember what I told you?", "What did I say?"]
    }
    return [
      "What did I tell you about \(words)?", "Do you remember what I said about \(words)?",
      "Tell me about \(words).", "What do you know about \(words)?",
    ]
  }

  /// The first words that say something.
  private static func words(of text: String) -> String {
    let small: Set<String> = [
      "my", "our", "the", "a", "an", "is", "are", "was", "were", "i", "i'm", "i've", "am", "we",
      "have", "has", "to", "of", "in", "at", "on", "and", "it", "that", "this", "called", "named",
      "just", "so", "you", "know", "for", "with", "by", "do", "does", "not", "be", "please", "note",
      "remember", "don't", "can't", "got", "hi", "as",
    ]
    return SpokenWord.words(of: text).filter { !small.contains($0.lower) }.prefix(2)
      .map { String(text[$0.range]) }.joined(separator: " ")
  }
}

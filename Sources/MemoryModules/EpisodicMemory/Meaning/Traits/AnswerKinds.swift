package import Tokenization

/// Kinds of answers: what a question asks for, and what a statement can offer.
///
/// Recognised by a few words, so a statement may offer more than it seems to; one that offers none of what is asked for
/// rarely answers.
package struct AnswerKinds: OptionSet, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let time = AnswerKinds(rawValue: 1)
  package static let place = AnswerKinds(rawValue: 2)
  package static let number = AnswerKinds(rawValue: 4)
  package static let age = AnswerKinds(rawValue: 8)
  package static let name = AnswerKinds(rawValue: 16)
}

// MARK: - What a question asks for

extension AnswerKinds {
  /// What a question asks for; at most one kind, none when its words don't tell.
  package static func asked(by words: [SpokenWord]) -> AnswerKinds {
    let lower = words.map(\.lower)
    let all = Set(lower)
    func pair(_ first: Set<String>, _ second: Set<String>) -> Bool {
      zip(lower, lower.dropFirst()).contains { first.contains($0) && second.contains($1) }
    }
    let which: Set<String> = ["which", "what"]
    if pair(["how"], ["old"]) || !all.isDisjoint(with: ["age", "aged"]) { return .age }
    if pair(["how"], ["many", "much", "tall", "heavy", "big", "long", "far", "high"])
      || !all.isDisjoint(with: ["number", "code", "pin", "combination", "passcode"])
    {
      return .number
    }
    if !all.isDisjoint(with: ["when", "wann", "cuándo", "quand"])
      || pair(which, ["time", "day", "date"])
      || all.contains("birthday") && !all.contains("who") && !all.contains("whose")
    {
      return .time
    }
    if !all.isDisjoint(with: ["where", "wo", "dónde", "où", "address", "hometown"])
      || pair(which, ["city", "town", "country", "street", "floor", "place", "village"])
      || pair(["home"], ["town"])
    {
      return .place
    }
    let naming: Set<String> = [
      "who", "who's", "whose", "name", "names", "named", "called", "nickname", "surname", "heißt",
      "heiße", "llama", "s'appelle", "wer", "quién", "qui",
    ]
    if !all.isDisjoint(with: naming) || lower.first == "which" { return .name }
    return []
  }
}

// MARK: - What a statement offers

extension AnswerKinds {
  private static let times: Set<String> = StatementWords.weekdays.union(StatementWords.months)
    .union([
      "noon", "midnight", "today", "tonight", "yesterday", "morning", "mornings", "afternoon",
      "evening", "evenings", "night", "weekly", "daily", "monthly", "christmas", "easter",
      "o'clock",
      "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag", "januar",
      "februar", "märz", "mai", "juni", "juli", "oktober", "dezember", "lunes", "martes", "lundi",
      "mardi",
    ])
  private static let near: Set<String> = ["next", "last", "this"]
  private static let spans: Set<String> = [
    "week", "month", "year", "summer", "winter", "spring", "autumn", "fall",
  ]
  private static let prepositions: Set<String> = [
    "in", "at", "on", "from", "to", "near", "by", "under", "behind", "above", "beside", "en", "à",
    "de", "aus", "nach",
  ]
  private static let places: Set<String> = [
    "moved", "lane", "street", "road", "avenue", "floor", "upstairs", "downstairs", "abroad",
  ]
  private static let articles: Set<String> = ["the", "a", "an", "my", "our"]
  private static let amounts: Set<String> = StatementWords.numbers.union([
    "no", "any", "never", "none", "both", "dozen", "half", "twice", "once",
  ])
  private static let units: Set<String> = [
    "kilo", "kilos", "kg", "cm", "m", "metre", "metres", "meter", "meters", "euro", "euros",
    "dollars", "pounds", "percent", "km", "miles", "minutes", "hours", "people",
  ]
  private static let being: Set<String> = ["is", "am", "i'm", "are", "he's", "she's", "turned"]

  /// What a statement offers.
  package static func offered(by words: [SpokenWord]) -> AnswerKinds {
    var found: AnswerKinds = []
    for (index, word) in words.enumerated() {
      let previous = index > 0 ? words[index - 1].lower : ""
      let next = index + 1 < words.count ? words[index + 1].lower : ""
      let isTime = isTime(word.lower, after: previous, before: next)
      if isTime { found.insert(.time) }
      if let first = word.lower.first, first.isNumber {
        if !isTime || isYear(word.lower) { found.insert(.number) }
        if isAge(word.lower, after: previous, before: next, at: words, index) {
          found.insert(.age)
        }
      }
      if amounts.contains(word.lower) { found.insert(.number) }
      if word.lower == "born" || word.lower == "aged" { found.insert(.age) }
      if places.contains(word.lower) || isPlace(words, index) { found.insert(.place) }
      if index > 0, word.isCapitalised, !times.contains(word.lower),
        !PersonWords.isFirstPerson(word.lower)
      {
        found.insert(.name)
      }
    }
    return found
  }

  /// "10am", "14th", "2014", "at 4", "Monday", "next summer".
  private static func isTime(_ word: String, after previous: String, before next: String) -> Bool {
    if times.contains(word) { return true }
    if near.contains(word), spans.contains(next) { return true }
    guard word.first?.isNumber == true else { return false }
    if isYear(word) || ["am", "pm", "a.m", "p.m"].contains(next) { return true }
    let ending = word.drop { $0.isNumber || $0 == ":" || $0 == "." }
    if ["st", "nd", "rd", "th", "am", "pm"].contains(ending) { return true }
    return ending.isEmpty && previous == "at" && word.count <= 5
  }

  private static func isYear(_ word: String) -> Bool {
    word.count == 4 && (word.hasPrefix("19") || word.hasPrefix("20"))
      && word.allSatisfy(\.isNumber)
  }

  /// "41 years old", "turned 34", "is 7", "40th birthday"; of things the year they were made.
  private static func isAge(
    _ word: String, after previous: String, before next: String, at words: [SpokenWord],
    _ index: Int
  ) -> Bool {
    if isYear(word) || word.hasSuffix("th") && next == "birthday" { return true }
    guard word.allSatisfy(\.isNumber), word.count <= 3 else { return false }
    if next.hasPrefix("year") || next.hasPrefix("month") {
      return index + 2 < words.count && words[index + 2].lower == "old" || previous == "turned"
    }
    return being.contains(previous) && !units.contains(next)
      && !words[index].after.contains { "%:".contains($0) }
  }

  /// A preposition before anything but a time.
  private static func isPlace(_ words: [SpokenWord], _ index: Int) -> Bool {
    guard prepositions.contains(words[index].lower) else { return false }
    var place = index + 1
    while place < words.count, articles.contains(words[place].lower) { place += 1 }
    guard place < words.count else { return false }
    let next = place + 1 < words.count ? words[place + 1].lower : ""
    return !isTime(words[place].lower, after: words[place - 1].lower, before: next)
  }
}

import Tokenization

/// What a sentence of a user does: it states something, asks, orders, or only keeps the conversation going.
///
/// Decided by its words, mostly the first ones, for English and in part for German, French and Spanish; what is not
/// recognised is a statement, so that nothing a user tells is lost.
struct SentenceForm {
  enum Kind { case statement, question, request, smallTalk }

  let words: [SpokenWord]
  let kind: Kind
  /// The first word behind the opening ones ("well", "please").
  let first: Int

  init(_ words: [SpokenWord], isQuestion: Bool) {
    self.words = words
    first = Self.opening(words)
    kind = Self.kind(words, first: first, isQuestion: isQuestion)
  }

  /// The words that only open a sentence.
  private static func opening(_ words: [SpokenWord]) -> Int {
    var index = 0
    while index < words.count, SentenceWords.openers.contains(words[index].lower) { index += 1 }
    // "No worries", "so I ...": one of them may begin what is said; only whole openings are left out.
    return index < words.count ? index : 0
  }

  private static func kind(_ words: [SpokenWord], first: Int, isQuestion: Bool) -> Kind {
    guard !words.isEmpty else { return isQuestion ? .question : .smallTalk }
    if words.allSatisfy({ SentenceWords.smallTalk.contains($0.lower) }) {
      return isQuestion ? .question : .smallTalk
    }
    let rest = words[first...].map(\.lower)
    let isThanks = first > 0 && words[first - 1].lower == "thanks" && rest.first == "for"
    if isThanks || SentenceWords.phrases.contains(where: { rest.starts(with: $0) }) {
      return isQuestion ? .question : .smallTalk
    }
    if SentenceWords.orders.contains(where: { rest.starts(with: $0) }) { return .statement }
    if isQuestion || Self.asks(words[first...]) { return .question }
    return Self.isRequest(words[first...]) ? .request : .statement
  }

  /// Whether a sentence without a question mark asks.
  static func asks(_ words: ArraySlice<SpokenWord>) -> Bool {
    guard let opening = words.first, !opening.after.contains(":") else { return false }
    let word = opening.lower
    let next = words.dropFirst().first?.lower ?? ""
    if SentenceWords.indirect.contains(where: { words.map(\.lower).starts(with: $0) }) {
      return true
    }
    switch word {
    // "When I was ten, my father died", "what I like is tea", "how we met".
    case "when":
      return next.isEmpty || SentenceWords.auxiliaries.contains(next)
    case "what", "where", "why", "how", "which", "whatever", "who":
      return !(SentenceWords.pronouns.contains(next) && words.count > 3)
    case "whose", "whom", "what's", "whats", "who's", "whos", "where's", "wheres", "when's",
      "whens", "how's", "hows", "why's", "which's", "whatcha":
      return true
    case "is", "are", "does", "did", "isn't", "aren't", "doesn't", "didn't", "am", "was", "were",
      "wasn't", "weren't", "has", "haven't", "hasn't", "hadn't", "can", "could",
      "will", "would", "should", "shall", "may", "might", "can't", "couldn't", "won't", "wouldn't",
      "shouldn't", "do", "don't":
      return SentenceWords.subjects.contains(next)
        || ["is", "are", "does"].contains(word) && words.dropFirst().first?.isCapitalised == true
    // "Had my car repainted" leaves its subject out.
    case "have", "had": return SentenceWords.pronouns.contains(next)
    default: break
    }
    return SentenceWords.foreign.contains { words.map(\.lower).starts(with: $0) }
  }

  /// Whether a sentence orders the assistant to do something.
  private static func isRequest(_ words: ArraySlice<SpokenWord>) -> Bool {
    guard let opening = words.first, !opening.after.contains(":") else { return false }
    let next = words.dropFirst().first?.lower ?? ""
    if SentenceWords.requests.contains(opening.lower) { return true }
    if SentenceWords.requestsForMe.contains(opening.lower) { return ["me", "us"].contains(next) }
    return SentenceWords.requestsForThings.contains(opening.lower)
      && SentenceWords.objects.contains(next)
  }

  // MARK: - Statements inside questions

  /// The words of a question or an order that state something; nil when none do.
  var statedPart: Range<Int>? {
    clauseBefore ?? toBelieve ?? described ?? named
  }

  /// A clause before the question: "Since I live in Malmo, which airport ...", "My dog is sick, what should I do?"
  private var clauseBefore: Range<Int>? {
    for end in first..<max(first, words.count - 1)
    where words[end].after.contains(where: { ",;:-\u{2013}\u{2014}".contains($0) }) {
      var rest = end + 1
      while rest < words.count - 1, SentenceWords.openers.contains(words[rest].lower) { rest += 1 }
      guard Self.asks(words[rest...]) || Self.isRequest(words[rest...]) else { continue }
      let opening = words[first].lower
      var start = SentenceWords.reasons.contains(opening) ? first + 1 : first
      guard start < end, end - start >= 2 || start > first else { return nil }
      if !SentenceWords.mine.contains(words[start].lower) {
        guard ["as", "being"].contains(opening) else { return nil }
        start = first
      }
      let isUnsure = words[start...end].contains { SentenceWords.unsure.contains($0.lower) }
      return isUnsure ? nil : start..<end + 1
    }
    return nil
  }

  /// What is told in the form of a question: "Can you believe my daughter already walks?"
  private var toBelieve: Range<Int>? {
    let rest = words[first...].map(\.lower)
    guard let opening = SentenceWords.believing.first(where: { rest.starts(with: $0) }) else {
      return nil
    }
    var start = first + opening.count
    if start < words.count, ["that", "about"].contains(words[start].lower) { start += 1 }
    guard start + 1 < words.count, SentenceWords.mine.contains(words[start].lower) else {
      return nil
    }
    return start..<words.count
  }

  /// The user's own thing or person with a clause about it: "for my husband Anselm, who doesn't eat gluten".
  private var described: Range<Int>? {
    owned { start in
      words[(start + 2)...].enumerated().contains { offset, word in
        let index = start + 2 + offset
        guard ["who", "whose", "which", "that"].contains(word.lower), offset < 4,
          index + 1 < words.count
        else { return false }
        return word.lower == "who" || words[index - 1].after.contains(",")
      }
    }
  }

  /// The user's own person by name: "What should I get my friend Yusuf for his 40th birthday?"
  private var named: Range<Int>? {
    owned { start in
      words[(start + 2)...].prefix(2).contains {
        $0.isCapitalised && $0.lower != "i" && !$0.lower.hasPrefix("i'")
      }
    }
  }

  /// From a possessive to the end, where it is not itself what is asked about.
  private func owned(_ isTelling: (Int) -> Bool) -> Range<Int>? {
    guard
      let start = words.indices.first(where: {
        $0 > first && ["my", "our"].contains(words[$0].lower)
      }), start + 2 < words.count
    else { return nil }
    let before = words[first..<start].map(\.lower)
    // "Where does my friend Yusuf live?", "What is the name of my friend who ...", "Do you know my ...": asked about.
    if let last = before.last, SentenceWords.auxiliaries.contains(last) { return nil }
    if before.contains(where: SentenceWords.recalling.contains) { return nil }
    let isAboutUser = before.contains("i") || before.contains("we")
    let isPlanned =
      before.contains(where: SentenceWords.modals.contains) || before.starts(with: ["how", "do"])
    let isWish =
      isAboutUser && isPlanned || kind == .request
      || !isAboutUser && SentenceWords.wishing.contains(before.first ?? "")
    return isWish && isTelling(start) ? start..<words.count : nil
  }
}

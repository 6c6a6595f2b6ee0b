import Foundation
import Tokenization

/// A statement of a user in parts: whom it is about, what it says, and what it takes back.
///
/// "No, my dog is called Trillo" is about "my dog", says "Trillo" after "called", and is marked as a correction; "I
/// meant Jonas, not Jonah" says "Jonas" and takes back "Jonah". Only English is recognised; a statement that is not
/// understood corrects nothing.
package struct FactStatement: Sendable {
  /// What kind of value a statement gives, so that a day is replaced by a day only.
  enum ValueKind: Sendable { case weekday, month, colour, number, name, other }

  let text: String
  let words: [SpokenWord]
  /// Whether a word or a phrase says that this corrects something, or that something has changed.
  private(set) var isMarked = false
  /// Whether it says outright that something said was wrong ("no", "I meant").
  private(set) var isOutright = false
  /// The first word behind opening words and marks.
  private(set) var first = 0
  /// The last clause that says something.
  private(set) var clause: Range<Int>
  /// The word before the value; nil when the value stands alone.
  private(set) var link: Int?
  /// The words of the value.
  private(set) var value: Range<Int>
  /// The words that are taken back.
  private(set) var denied: Range<Int>?

  package init(_ text: String) {
    self.text = text
    words = SpokenWord.words(of: text)
    clause = 0..<words.count
    value = 0..<0
    open()
    findDenied()
    findClause()
    findValue()
  }

  // MARK: - Parsing

  private mutating func open() {
    let lower = words.map(\.lower)
    while first < words.count - 1 {
      let rest = lower[first...]
      if let phrase = StatementWords.markPhrases.first(where: { rest.starts(with: $0) }),
        first + phrase.count < words.count
      {
        isOutright = true
        first += phrase.count
      } else if StatementWords.marks.contains(lower[first]) {
        isOutright = true
        first += 1
      } else if StatementWords.openers.contains(lower[first]), first + 1 < words.count,
        lower[first] != "that" || isOutright
      {
        first += 1
      } else {
        break
      }
    }
    isMarked =
      isOutright || words[first...].contains { StatementWords.changes.contains($0.lower) }
  }

  /// "X, not Y", "isn't Y, it's X", "don't live in Y anymore", "no longer Y", "instead of Y".
  private mutating func findDenied() {
    let lower = words.map(\.lower)
    for index in first..<max(first, words.count - 1) {
      let word = lower[index]
      let isBeforeValue = index > first && words[index - 1].after.contains(",")
      var start: Int?
      if word == "not", isBeforeValue || index == first || isBe(lower, index - 1) {
        start = index + 1
      }
      if ["isn't", "wasn't", "aren't"].contains(word) { start = index + 1 }
      if word == "instead", lower[index + 1] == "of" { start = index + 2 }
      if word == "longer", index > first, lower[index - 1] == "no" { start = index + 1 }
      if ["don't", "doesn't", "dont", "doesnt"].contains(word),
        lower[index...].contains(where: { ["anymore", "more", "longer"].contains($0) })
      {
        start = index + 1
      }
      guard let start, start < words.count else { continue }
      let stop = words[start...].firstIndex { !$0.after.isEmpty } ?? words.count - 1
      var end = stop + 1
      while end > start + 1, Self.isTrailing(lower[end - 1]) { end -= 1 }
      // "It's not about me": without another value or a word like "anymore" it denies nothing that was said.
      guard isMarked || isBeforeValue || end < words.count else { continue }
      denied = start..<end
      isMarked = true
      return
    }
  }

  private func isBe(_ lower: [String], _ index: Int) -> Bool {
    index >= 0 && StatementWords.links[lower[index]] == .be
  }

  private static func isTrailing(_ word: String) -> Bool {
    StatementWords.trailing.contains(word) || ["any", "more", "no", "longer"].contains(word)
  }

  /// The last clause with a link and a value outside what is denied; commas and marks separate clauses.
  private mutating func findClause() {
    var clauses: [Range<Int>] = []
    var start = first
    for index in first..<words.count {
      let isEnd = words[index].after.contains { ",;:.!?\u{2014}\u{2013}".contains($0) }
      guard isEnd || index == words.count - 1 else { continue }
      clauses.append(start..<index + 1)
      start = index + 1
    }
    // "not Jonah" says nothing else.
    let open = clauses.filter { part in
      guard let denied, denied.overlaps(part) else { return true }
      return denied.upperBound < part.upperBound || denied.lowerBound > part.lowerBound + 1
    }
    clause =
      open.last { part in part.contains { isLink($0, in: part) } } ?? open.first
      ?? first..<words.count
  }

  private func isLink(_ index: Int, in part: Range<Int>) -> Bool {
    guard StatementWords.links[words[index].lower] != nil, index + 1 < part.upperBound else {
      return false
    }
    return denied.map { !$0.contains(index + 1) } ?? true
  }

  private mutating func findValue() {
    var end = clause.upperBound
    if let denied, denied.overlaps(clause) {
      end = min(end, denied.lowerBound)
      let joining: Set<String> = ["not", "isn't", "instead", "of", "and"]
      while end > clause.lowerBound, joining.contains(words[end - 1].lower) { end -= 1 }
    }
    while end > clause.lowerBound, Self.isTrailing(words[end - 1].lower) { end -= 1 }
    let links = clause.filter { isLink($0, in: clause) && $0 + 1 < end }
    func last(_ kind: StatementWords.Link) -> Int? {
      links.last { StatementWords.links[words[$0].lower] == kind }
    }
    link =
      (isLiving ? links.first { StatementWords.links[words[$0].lower] == .place } : nil)
      ?? last(.call) ?? links.last
    var start = link.map { $0 + 1 } ?? clause.lowerBound
    let articles: Set<String> = ["a", "an", "the", "just", "really", "only"]
    while start < end - 1, articles.contains(words[start].lower) { start += 1 }
    // Without a link only a short clause is a value: "Trillo", "next Wednesday".
    let isValue =
      link != nil
      || end - start <= 3 && !stems(start..<max(start, end)).isEmpty
        && !StatementWords.firstPerson.contains(
          words.indices.contains(start) ? words[start].lower : "")
    value = start < end && isValue ? start..<end : end..<end
  }

  // MARK: - What it says

  /// What the link says; nil when the value stands alone.
  var linkKind: StatementWords.Link? { link.flatMap { StatementWords.links[words[$0].lower] } }

  /// Whether it says where somebody lives.
  var isLiving: Bool {
    words[clause].contains { StatementWords.living.contains($0.lower) }
  }

  /// The names and the things that it is about, as stems: the words before the value that are not only grammar.
  var subject: Set<String> {
    let end = link ?? (value.isEmpty ? clause.upperBound : value.lowerBound)
    let about = words[min(first, end)..<end].enumerated().filter { offset, word in
      !StatementWords.functions.contains(word.lower)
        && !(denied?.contains(min(first, end) + offset) ?? false)
    }
    var stems = Set(about.compactMap { Self.stem($0.element.lower) })
    // "His name is Ralf" is about him, not about a name.
    if words[clause].contains(where: { ["his", "her", "its", "their"].contains($0.lower) })
      || words[min(first, end)..<end].contains(where: {
        ["his", "its", "their"].contains($0.lower)
      })
    {
      stems.remove("name")
    }
    return stems
  }

  /// Whether it is about the user ("I", "we").
  var isFirstPerson: Bool {
    words[clause].prefix(2).contains { StatementWords.firstPerson.contains($0.lower) }
      || words[min(first, clause.lowerBound)..<clause.upperBound].first.map {
        StatementWords.firstPerson.contains($0.lower)
      } ?? false
  }

  /// Whether its own subject is a pronoun, or is left out.
  var lacksSubject: Bool {
    guard let opening = words[clause].first else { return true }
    if StatementWords.pronouns.contains(opening.lower) { return true }
    guard !StatementWords.firstPerson.contains(opening.lower) else { return false }
    return link == nil ? !value.isEmpty : link == clause.lowerBound
  }

  /// Whether an article stands before the value.
  var hasArticle: Bool {
    guard let link, link + 1 < words.count else { return false }
    return ["a", "an"].contains(words[link + 1].lower)
  }

  /// What kind of value it gives.
  var valueKind: ValueKind {
    let words = words[value]
    guard let first = words.first, let last = words.last else { return .other }
    if words.contains(where: { StatementWords.weekdays.contains($0.lower) }) { return .weekday }
    if words.contains(where: { StatementWords.months.contains($0.lower) && $0.isCapitalised }) {
      return .month
    }
    if StatementWords.colours.contains(last.lower) { return .colour }
    if first.lower.first?.isNumber == true || StatementWords.numbers.contains(first.lower) {
      return .number
    }
    return first.isCapitalised ? .name : .other
  }

  /// The part of the value that another value takes the place of: a leading name, number, day or colour.
  var valueHead: Range<Int> {
    guard !value.isEmpty else { return value }
    switch valueKind {
    case .number: return value.lowerBound..<value.lowerBound + 1
    case .name:
      let end = value.first { !words[$0].isCapitalised } ?? value.upperBound
      let stop = value.first { !words[$0].after.isEmpty }.map { $0 + 1 } ?? value.upperBound
      return value.lowerBound..<min(end, stop)
    default: return value
    }
  }

  /// The stems of some words that say something.
  func stems(_ range: Range<Int>) -> [String] {
    words[range].filter { !StatementWords.functions.contains($0.lower) }
      .compactMap { Self.stem($0.lower) }
  }

  /// The text from the first word of a stretch to the end, as a sentence.
  func sentence(from index: Int) -> String {
    let rest = String(text[words[index].range.lowerBound...])
    return rest.prefix(1).uppercased() + rest.dropFirst()
  }

  /// This statement with its value replaced; nil when it has none.
  func replacing(_ old: Range<Int>, by new: String) -> String? {
    guard !old.isEmpty else { return nil }
    let place = words[old.lowerBound].range.lowerBound..<words[old.upperBound - 1].range.upperBound
    return text.replacingCharacters(in: place, with: new)
  }

  /// The words of a stretch as they were said.
  func said(_ range: Range<Int>) -> String {
    guard !range.isEmpty else { return "" }
    return String(
      text[words[range.lowerBound].range.lowerBound..<words[range.upperBound - 1].range.upperBound])
  }

  static func stem(_ word: String) -> String? { WordSplitter.stem(Array(word.utf8)) }
}

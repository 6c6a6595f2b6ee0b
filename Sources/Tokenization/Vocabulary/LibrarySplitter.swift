/// Finds tokens that are matched as wholes as the tokenizers library does (`AddedVocabulary::find_matches`).
///
/// From left to right, the longest at each place; a match may be refused inside a word, and may take the white space on
/// either side with it.
struct LibrarySplitter: Sendable {
  private struct Entry: Sendable {
    let id: Int32
    let bytes: [UInt8]
    /// Whether it is matched even in text that must not contain control tokens.
    let always: Bool
  }

  /// By the first byte, the longest first.
  private let entries: [UInt8: [Entry]]
  private let flags: AddedTokenFlags

  /// Creates a splitter for some tokens.
  ///
  /// - Parameter pieces: what to look for, by id; empty ones are never found.
  init(pieces: [Int32: [UInt8]], kinds: [TokenKind], flags: AddedTokenFlags) {
    var entries: [UInt8: [Entry]] = [:]
    for (id, bytes) in pieces {
      guard let first = bytes.first else { continue }
      entries[first, default: []].append(
        Entry(id: id, bytes: bytes, always: kinds[Int(id)] == .userDefined))
    }
    self.entries = entries.mapValues { list in
      list.sorted { ($1.bytes.count, $0.id) < ($0.bytes.count, $1.id) }
    }
    self.flags = flags
  }

  /// The fragments of a text, in order, none of them empty.
  func split(_ text: [UInt8], parseSpecial: Bool) -> [SpecialSplitter.Fragment] {
    var fragments: [SpecialSplitter.Fragment] = []
    var start = 0
    var place = 0
    while place < text.count {
      guard let entry = match(at: place, in: text, parseSpecial: parseSpecial) else {
        place += 1
        continue
      }
      let end = place + entry.bytes.count
      defer { place = end }
      if flags.singleWord.contains(entry.id), Self.isInsideWord(place..<end, of: text) { continue }
      // White space that a token before has taken is not there any more.
      let from =
        flags.leading.contains(entry.id)
        ? max(start, Self.spaceStart(before: place, in: text))
        : place
      if start < from { fragments.append(.text(start..<from)) }
      fragments.append(.token(entry.id))
      start = flags.trailing.contains(entry.id) ? Self.spaceEnd(after: end, in: text) : end
    }
    if start < text.count { fragments.append(.text(start..<text.count)) }
    return fragments
  }

  private func match(at place: Int, in text: [UInt8], parseSpecial: Bool) -> Entry? {
    entries[text[place]]?.first {
      (parseSpecial || $0.always) && text[place...].starts(with: $0.bytes)
    }
  }

  private static func isInsideWord(_ range: Range<Int>, of text: [UInt8]) -> Bool {
    scalar(before: range.lowerBound, in: text).map(isOfWord) ?? false
      || scalar(at: range.upperBound, in: text).map(isOfWord) ?? false
  }

  private static func spaceStart(before end: Int, in text: [UInt8]) -> Int {
    var start = end
    while let scalar = scalar(before: start, in: text), scalar.properties.isWhitespace {
      start -= UTF8.width(scalar)
    }
    return start
  }

  private static func spaceEnd(after start: Int, in text: [UInt8]) -> Int {
    var end = start
    while let scalar = scalar(at: end, in: text), scalar.properties.isWhitespace {
      end += UTF8.width(scalar)
    }
    return end
  }

  private static func scalar(before end: Int, in text: [UInt8]) -> Unicode.Scalar? {
    String(decoding: text[max(0, end - 4)..<end], as: UTF8.self).unicodeScalars.last
  }

  private static func scalar(at start: Int, in text: [UInt8]) -> Unicode.Scalar? {
    String(decoding: text[start..<min(text.count, start + 4)], as: UTF8.self).unicodeScalars.first
  }

  /// Whether a character belongs to words: `\w` of Unicode's regular expressions (Technical Standard 18, annex C).
  private static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isAlphabetic || scalar.properties.isJoinControl { return true }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation:
      return true
    default: return false
    }
  }
}

/// Finds where sentences begin in a stream of text, however the stream is cut into pieces.
///
/// A sentence ends after `.`, `!` or `?` when white space follows, after the full stops of scripts that put no space
/// behind them, and at the end of a line. It does not end inside an e-mail address, a number or an IP address, nor after
/// a title ("Mr."), an initial or an abbreviation. That a sentence has ended is known only when the next one begins, so
/// everything seen since its beginning that the decision rests on is part of the state.
package struct SentenceScanner: Sendable, Equatable {
  /// What the last end mark says about the end of the sentence.
  private enum Mark: Sendable, Equatable {
    case none
    /// The sentence ends, even without white space.
    case strong
    /// It ends if white space follows.
    case sure
    /// It ends if white space and no small letter or digit follow.
    case unsure
    /// It ends if white space and no digit follow.
    case beforeWord
  }

  private var pending: [UInt8] = []
  private var hasContent = false
  private var mark = Mark.none
  private var sawSpace = false
  /// Ends of lines since the last visible character.
  private var lines = 0
  private var word = ""
  private var previousWord = ""
  private var wordCount = 0
  /// Whether the last visible character is a colon.
  private var endsInColon = false
  /// Whether a line ended in a colon, so that a list may follow.
  private var isList = false

  /// A scanner at the beginning of a text.
  package init() {}

  /// The bytes at the end that begin a character which is not complete yet.
  package var unfinishedBytes: Int { pending.count }

  /// Reads the bytes of a token; returns whether a new sentence begins in them.
  package mutating func reads(_ bytes: some Sequence<UInt8>) -> Bool {
    var begins = false
    for byte in bytes where reads(byte) { begins = true }
    return begins
  }

  /// Reads a byte; returns whether a new sentence begins with the character that it completes.
  package mutating func reads(_ byte: UInt8) -> Bool {
    if pending.isEmpty, byte < 0x80 { return reads(Unicode.Scalar(byte)) }
    pending.append(byte)
    let length = Self.length(ofLead: pending[0])
    guard pending.count >= length || byte & 0xc0 != 0x80 && pending.count > 1 else { return false }
    let character = String(decoding: pending, as: UTF8.self)
    pending = []
    var begins = false
    for scalar in character.unicodeScalars where reads(scalar) { begins = true }
    return begins
  }

  /// Reads a character; returns whether a new sentence begins with it.
  package mutating func reads(_ scalar: Unicode.Scalar) -> Bool {
    guard !scalar.properties.isWhitespace else {
      if Self.endsLine(scalar) {
        if endsInColon, lines == 0 { isList = true }
        lines += 1
      }
      if mark != .none { sawSpace = true }
      endWord()
      return false
    }
    let begins = hasContent && begins(with: scalar)
    if begins {
      let unfinished = pending
      self = SentenceScanner()
      pending = unfinished
    }
    take(scalar)
    return begins
  }

  private func begins(with scalar: Unicode.Scalar) -> Bool {
    let continuesList = isList && (endsInColon || Self.bullets.contains(scalar))
    if lines > 1 || lines == 1 && !continuesList { return true }
    switch mark {
    case .none: return false
    case .strong: return !Self.closers.contains(scalar) && Self.kind(of: scalar) == nil
    case .sure: return sawSpace
    case .unsure:
      return sawSpace && !scalar.properties.isLowercase && scalar.properties.numericType == nil
    case .beforeWord: return sawSpace && scalar.properties.numericType == nil
    }
  }

  private mutating func take(_ scalar: Unicode.Scalar) {
    lines = 0
    endsInColon = scalar == ":" || scalar == "\u{FF1A}"
    if let kind = Self.kind(of: scalar) {
      // Marks before the first word end nothing. "?!" and "!)." have ended already; after "..." a sentence may go on.
      if scalar == ".", word.last == "." {
        mark = .unsure
      } else if !hasContent {
        return
      } else if mark != .sure && mark != .strong || sawSpace {
        mark = scalar == "." ? fullStop : kind
        sawSpace = false
      }
      word.unicodeScalars.append(scalar)
      return
    }
    if mark != .none, !sawSpace, Self.closers.contains(scalar) { return }
    mark = .none
    sawSpace = false
    hasContent = true
    if Self.openers.contains(scalar) {
      endWord()
    } else if word.utf8.count < Self.longestWord {
      word.unicodeScalars.append(scalar)
    }
  }

  private mutating func endWord() {
    guard !word.isEmpty else { return }
    previousWord = word
    word = ""
    wordCount += 1
  }

  /// What a full stop after the current word says.
  private var fullStop: Mark {
    guard let last = word.unicodeScalars.last else { return .sure }
    if last == "\u{2026}" { return .unsure }
    let lower = word.lowercased()
    if lower.contains(".") { return Self.dotted(word, lower) }
    if word.unicodeScalars.count == 1, last.properties.isCased {
      guard last.properties.isUppercase else { return .beforeWord }
      let isPronoun = last == "I" && previousWord.first?.isLowercase == true
      return isPronoun ? .sure : .none
    }
    if word.allSatisfy(\.isASCIIDigit) {
      if wordCount == 0 { return .none }
      return word.count <= 2 && Self.beforeOrdinals.contains(previousWord.lowercased())
        ? .none : .sure
    }
    if Self.titles.contains(lower) { return .none }
    // "in St. Gallen", but "on Main St."
    if Self.titlesOrEndings.contains(lower) {
      return previousWord.first?.isUppercase == true && !previousWord.hasSuffix(",")
        ? .unsure : .none
    }
    // "My library card no. is 4062", but "She said no. we left".
    if lower == "no", Self.numbered.contains(previousWord.lowercased()) { return .unsure }
    if Self.beforeNumbers.contains(lower) { return .beforeWord }
    return Self.abbreviations.contains(lower) ? .unsure : .sure
  }

  /// What a full stop says after a word with full stops inside: "e.g.", "a.m.", "U.S.", "J.R.R.", "ex.org.".
  private static func dotted(_ word: String, _ lower: String) -> Mark {
    if spelled.contains(lower) { return .none }
    let parts = word.split(separator: ".")
    guard parts.allSatisfy({ $0.count == 1 && $0.first?.isLetter == true }) || lower == "ph.d"
    else { return .sure }
    let isInitials = parts.allSatisfy { $0.first?.isUppercase == true } && !places.contains(lower)
    return isInitials ? .none : .unsure
  }

  /// The kind of an end mark; nil for other characters.
  private static func kind(of scalar: Unicode.Scalar) -> Mark? {
    switch scalar {
    case ".", "!", "?", "\u{061F}", "\u{037E}", "\u{203D}", "\u{2047}"..."\u{2049}": .sure
    case "\u{2026}": .unsure
    case "\u{3002}", "\u{FF01}", "\u{FF1F}", "\u{FF61}", "\u{0964}", "\u{0965}", "\u{06D4}",
      "\u{0589}", "\u{1362}", "\u{104A}", "\u{104B}", "\u{17D4}", "\u{17D5}":
      .strong
    default: nil
    }
  }

  private static func endsLine(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\n", "\u{0B}", "\u{0C}", "\u{85}", "\u{2028}", "\u{2029}": true
    default: false
    }
  }

  /// The bytes of a character by its first byte; 1 for a byte that begins none.
  private static func length(ofLead byte: UInt8) -> Int {
    switch byte {
    case 0xc2...0xdf: 2
    case 0xe0...0xef: 3
    case 0xf0...0xf4: 4
    default: 1
    }
  }

  /// No abbreviation is longer.
  private static let longestWord = 64

  private static let closers = Set(
    "\"')]}*_\u{201D}\u{2019}\u{00BB}\u{300D}\u{300F}\u{FF09}\u{3011}".unicodeScalars)
  private static let openers = Set(
    "\"([{\u{201C}\u{201E}\u{00AB}\u{300C}\u{300E}\u{FF08}\u{3010}".unicodeScalars)
  private static let bullets = Set(
    "-*+\u{2022}\u{2013}\u{2014}\u{00B7}\u{25E6}\u{25AA}".unicodeScalars)

  /// Whether a word of small letters is an abbreviation that a name follows: its full stop ends nothing.
  static func isTitle(_ word: String) -> Bool {
    titles.contains(word) || titlesOrEndings.contains(word)
  }

  /// Abbreviations that a name or another word always follows.
  private static let titles: Set<String> = [
    "mr", "mrs", "ms", "mx", "dr", "drs", "prof", "rev", "fr", "hr", "mme", "mlle", "mgr", "dott",
    "sra", "dra", "mt", "ft", "gen", "lt", "sgt", "capt", "cpt", "col", "maj", "cmdr", "sen", "rep",
    "gov", "messrs", "vs", "cf", "ca", "approx", "bzw", "evtl", "ggf", "zzgl", "inkl",
  ]
  /// Titles before a name, and endings of one.
  private static let titlesOrEndings: Set<String> = ["st", "sr", "jr", "ste"]
  /// Abbreviations that a number may follow.
  private static let beforeNumbers: Set<String> = [
    "no", "nos", "nr", "n\u{BA}", "art", "fig", "figs", "vol", "ch", "chap", "sec", "pp", "op",
    "tel", "ext", "str", "apt", "rm", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep",
    "sept", "oct", "okt", "nov", "dec", "dez",
  ]
  /// Things that have a number, which "no." says.
  private static let numbered: Set<String> = [
    "card", "phone", "mobile", "tel", "account", "order", "reference", "ref", "room", "flat",
    "house", "serial", "passport", "membership", "customer", "id", "ticket", "flight", "bus",
    "contact", "invoice", "part", "model", "licence", "license", "policy", "case", "registration",
  ]
  /// Abbreviations in and at the end of a sentence.
  private static let abbreviations: Set<String> = [
    "etc", "inc", "ltd", "co", "corp", "llc", "plc", "ave", "blvd", "rd", "dept", "est", "misc",
    "min", "max", "usw", "bros", "incl", "excl",
  ]
  /// Abbreviations with full stops inside that never end a sentence.
  private static let spelled: Set<String> = [
    "e.g", "i.e", "z.b", "d.h", "u.a", "s.o", "o.\u{E4}", "p.ej", "c.-\u{E0}-d", "p.ex", "w.r.t",
  ]
  /// Names of places and degrees that look like initials.
  private static let places: Set<String> = [
    "u.s", "u.s.a", "u.k", "u.n", "e.u", "d.c", "l.a", "n.y", "b.c", "a.d", "u.a.e", "a.m", "p.m",
  ]
  /// Words after which a number with a full stop is an ordinal (German, Danish, Czech and others write "am 3. Mai").
  private static let beforeOrdinals: Set<String> = [
    "am", "der", "den", "dem", "des", "die", "das", "vom", "zum", "bis", "im", "ab", "seit", "beim",
    "mein", "meinen", "meinem", "sein", "seinen", "seinem", "ihr", "ihren", "ihrem", "montag",
    "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag",
  ]
}

extension Character {
  fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}

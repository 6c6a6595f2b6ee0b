/// Finds the pieces that are matched as wholes before text is split into ordinary ones.
///
/// Longer pieces are searched first over the whole text, each from left to right in the parts that longer ones left;
/// with overlapping pieces the order matters, and it is llama.cpp's. Vocabularies with flags of the tokenizers library are
/// searched as that does (`LibrarySplitter`).
struct SpecialSplitter: Sendable {
  /// A part of a text.
  enum Fragment: Equatable {
    case text(Range<Int>)
    case token(Int32)
  }

  private struct Entry: Sendable {
    let id: Int32
    let bytes: [UInt8]
    /// Whether the piece is matched even in text that must not contain control tokens.
    let always: Bool
    /// Whether it includes the white space after it.
    let swallowsSpace: Bool
  }

  private let entries: [Entry]
  private let library: LibrarySplitter?

  /// The number of pieces from which on a text is first scanned for the beginnings of all pieces at once.
  private static let manyEntries = 8

  /// Creates a splitter for the tokens of a vocabulary that are matched as wholes.
  ///
  /// - Parameter excluding: tokens that are found in another way.
  init(
    pieces: [String], kinds: [TokenKind], flags: AddedTokenFlags, excluding: Set<Int32> = []
  ) {
    var entries: [Entry] = []
    for (id, kind) in kinds.enumerated()
    where kind == .control || kind == .unknown || kind == .userDefined {
      let number = Int32(truncatingIfNeeded: id)
      guard !excluding.contains(number) else { continue }
      entries.append(
        Entry(
          id: number, bytes: Array(pieces[id].utf8), always: kind == .userDefined,
          swallowsSpace: flags.trailing.contains(number)))
    }
    if flags.isFromLibrary {
      library = LibrarySplitter(
        pieces: Dictionary(
          uniqueKeysWithValues: entries.filter { !flags.normalized.contains($0.id) }.map {
            ($0.id, $0.bytes)
          }), kinds: kinds, flags: flags)
    } else {
      library = nil
    }
    self.entries = entries.sorted { ($1.bytes.count, $0.id) < ($0.bytes.count, $1.id) }
  }

  /// The fragments of a text, in order, none of them empty.
  func split(_ text: [UInt8], parseSpecial: Bool) -> [Fragment] {
    if let library { return library.split(text, parseSpecial: parseSpecial) }
    guard !text.isEmpty else { return [] }
    var fragments: [Fragment] = [.text(0..<text.count)]
    let pairs = entries.count > Self.manyEntries ? Self.pairs(of: text) : nil
    for entry in entries where parseSpecial || entry.always {
      if let pairs, entry.bytes.count > 1, !pairs[Self.pair(entry.bytes[0], entry.bytes[1])] {
        continue
      }
      guard let first = Self.find(entry.bytes, in: text, 0..<text.count) else { continue }
      var next: [Fragment] = []
      for fragment in fragments {
        guard case .text(let range) = fragment, range.upperBound > first else {
          next.append(fragment)
          continue
        }
        var start = range.lowerBound
        while let match = Self.find(entry.bytes, in: text, start..<range.upperBound) {
          if match > start { next.append(.text(start..<match)) }
          next.append(.token(entry.id))
          start = match + entry.bytes.count
          guard entry.swallowsSpace else { continue }
          while start < range.upperBound, Self.isSpace(text[start]) { start += 1 }
        }
        if start < range.upperBound { next.append(.text(start..<range.upperBound)) }
      }
      fragments = next
    }
    return fragments
  }

  /// White space of ASCII, as llama.cpp strips it.
  private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

  /// Which pairs of neighbouring bytes occur in a text, so that vocabularies with thousands of special tokens need not
  /// search for each.
  private static func pairs(of text: [UInt8]) -> [Bool] {
    var pairs = [Bool](repeating: false, count: 1 << 16)
    for (first, second) in zip(text, text.dropFirst()) { pairs[pair(first, second)] = true }
    return pairs
  }

  private static func pair(_ first: UInt8, _ second: UInt8) -> Int {
    Int(first) << 8 | Int(second)
  }

  /// The first place of `pattern` within `range`.
  private static func find(_ pattern: [UInt8], in text: [UInt8], _ range: Range<Int>) -> Int? {
    guard let head = pattern.first, range.count >= pattern.count else { return nil }
    let last = range.upperBound - pattern.count
    var start = range.lowerBound
    while start <= last {
      guard let candidate = text[start...last].firstIndex(of: head) else { return nil }
      if text[candidate..<candidate + pattern.count].elementsEqual(pattern) { return candidate }
      start = candidate + 1
    }
    return nil
  }
}

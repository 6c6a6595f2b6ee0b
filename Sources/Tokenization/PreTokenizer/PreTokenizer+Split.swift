extension PreTokenizer.Step {
  /// Splits a part of a text: every match is a word, and so is the text between two matches.
  func split(_ part: Range<Int>, of text: ScalarText, into words: inout [Range<Int>]) {
    if case .trailingSpace = self {
      splitTrailingSpace(part, of: text, into: &words)
      return
    }
    let end = part.upperBound
    var start = part.lowerBound
    var position = start
    while position < end {
      let match = matchEnd(position, in: text, before: end)
      guard match > position else {
        position += 1
        continue
      }
      if position > start { words.append(start..<position) }
      words.append(position..<match)
      position = match
      start = match
    }
    if start < end { words.append(start..<end) }
  }

  /// The end of the match that begins at `position`; `position` itself when nothing matches there.
  @inline(__always)
  private func matchEnd(_ position: Int, in text: ScalarText, before end: Int) -> Int {
    switch self {
    case .words: text.words(position, end)
    case .flexibleWords(let digits, let marks):
      text.flexibleWords(position, end, digits: digits, marks: marks)
    case .casedWords(let digits, let contractions):
      text.casedWords(position, end, digits: digits, contractions: contractions)
    case .markedWords: text.markedWords(position, end)
    case .digits(let limit): text.digits(position, end, limit: limit)
    case .digitTriples: text.digitTriple(position, end)
    case .newlines: text.kind(position, before: end).contains(.newline) ? position + 1 : position
    case .trailingSpace: position
    case .runs(let run, let spaced): text.run(run, spaced: spaced, position, end)
    }
  }

  /// Searches from the end, so that white space in the middle is not scanned repeatedly.
  private func splitTrailingSpace(
    _ part: Range<Int>, of text: ScalarText, into words: inout [Range<Int>]
  ) {
    var start = part.upperBound
    while start > part.lowerBound, text.classes[start - 1].contains(.space) { start -= 1 }
    if part.lowerBound < start { words.append(part.lowerBound..<start) }
    if start < part.upperBound { words.append(start..<part.upperBound) }
  }
}

extension ScalarText {
  /// `\p{N}{1,limit}`
  @inline(__always)
  func digits(_ position: Int, _ end: Int, limit: Int) -> Int {
    run(of: .number, from: position, before: limit < end - position ? position + limit : end)
  }

  /// `[0-9][0-9][0-9]`
  func digitTriple(_ position: Int, _ end: Int) -> Int {
    guard end - position >= 3 else { return position }
    let isTriple = values[position..<position + 3].allSatisfy { 0x30...0x39 ~= $0 }
    return isTriple ? position + 3 : position
  }

  /// `[...]+`, or `\s?[...]+`.
  func run(_ run: CharacterRun, spaced: Bool, _ position: Int, _ end: Int) -> Int {
    func matched(from start: Int) -> Int {
      var next = start
      while next < end, run.contains(values[next], classes[next]) { next += 1 }
      return next
    }
    // White space may itself belong to the class (U+3000): then the pattern first matches it as the leading one.
    if spaced, kind(position, before: end).contains(.space) {
      let match = matched(from: position + 1)
      if match > position + 1 { return match }
    }
    return matched(from: position)
  }

  /// `\s+(?!\S)|\s+`: a run of white space except for its last character, which belongs to the next word.
  @inline(__always)
  func spaces(_ position: Int, _ end: Int) -> Int {
    let last = run(of: .space, from: position, before: end)
    return last < end && last - position > 1 ? last - 1 : last
  }

  /// `\s*[\r\n]+|\s+(?!\S)|\s+`: up to the last line break of the run if it has one.
  @inline(__always)
  func spacesAndLines(_ position: Int, _ end: Int) -> Int {
    let last = run(of: .space, from: position, before: end)
    var line = last
    while line > position, !classes[line - 1].contains(.newline) { line -= 1 }
    if line > position { return line }
    return last < end && last - position > 1 ? last - 1 : last
  }

  /// `'s|'t|'re|'ve|'m|'ll|'d`, in small letters or in any.
  @inline(__always)
  func contraction(_ position: Int, _ end: Int, anyCase: Bool) -> Int {
    guard value(position, before: end) == 0x27 else { return position }
    func letter(_ offset: Int) -> UInt32 {
      let value = value(position + offset, before: end)
      guard anyCase else { return value }
      // The long s is an s where case does not count.
      return 0x41...0x5a ~= value ? value + 32 : value == 0x17f ? 0x73 : value
    }
    switch letter(1) {
    case 0x73, 0x74, 0x6d, 0x64: return position + 2
    case 0x72, 0x76: return letter(2) == 0x65 ? position + 3 : position
    case 0x6c: return letter(2) == 0x6c ? position + 3 : position
    default: return position
    }
  }
}

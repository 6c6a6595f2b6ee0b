extension ScalarText {
  /// GPT-2: `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
  func words(_ position: Int, _ end: Int) -> Int {
    let short = contraction(position, end, anyCase: false)
    if short > position { return short }
    let start = values[position] == 0x20 ? position + 1 : position
    if start < end {
      let kind = classes[start]
      if kind.contains(.letter) { return run(of: .letter, from: start, before: end) }
      if kind.contains(.number) { return run(of: .number, from: start, before: end) }
      if !kind.contains(.space) {
        return run(without: [.space, .letter, .number], from: start, before: end)
      }
    }
    return spaces(position, end)
  }

  /// Llama 3: `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|`
  /// `\s*[\r\n]+|\s+(?!\S)|\s+`; others differ in the count of digits, and some let marks be letters.
  func flexibleWords(_ position: Int, _ end: Int, digits limit: Int, marks: Bool) -> Int {
    let short = contraction(position, end, anyCase: true)
    if short > position { return short }
    let letters: ScalarClass = marks ? [.letter, .mark] : .letter
    let kind = classes[position]
    if !kind.isDisjoint(with: letters) {
      return run(of: letters, from: position + 1, before: end)
    }
    if kind.isDisjoint(with: [.newline, .number]),
      !self.kind(position + 1, before: end).isDisjoint(with: letters)
    {
      return run(of: letters, from: position + 2, before: end)
    }
    if kind.contains(.number) { return digits(position, end, limit: limit) }
    return others(position, end, without: letters.union([.space, .number]), slash: false)
      ?? spacesAndLines(position, end)
  }

  /// GPT-4o: words of lower-case letters after capitals, or of capitals only, with any one character in front and an
  /// optional contraction after; numbers; ` ?[^\s\p{L}\p{N}]+[\r\n/]*`; white space.
  func casedWords(_ position: Int, _ end: Int, digits limit: Int, contractions: Bool) -> Int {
    let kind = classes[position]
    // A mark may be the one character in front as well as a part of the word.
    let behind = kind.isDisjoint(with: [.newline, .letter, .number]) ? position + 1 : nil
    let here = kind.isDisjoint(with: [.letter, .mark]) ? nil : position
    let word =
      behind.flatMap { smallWord($0, end) } ?? here.flatMap { smallWord($0, end) }
      ?? behind.flatMap { capitals($0, end) } ?? here.flatMap { capitals($0, end) }
    if let word { return contractions ? contraction(word, end, anyCase: true) : word }
    if kind.contains(.number) { return digits(position, end, limit: limit) }
    return others(position, end, without: [.space, .letter, .number], slash: true)
      ?? spacesAndLines(position, end)
  }

  /// Where `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+` ends.
  ///
  /// Letters without case belong to both classes; the first part matches greedily and backtracks for the second.
  private func smallWord(_ start: Int, _ end: Int) -> Int? {
    let capitals = capitals(start, end) ?? start
    var last = capitals
    while last < end, isSmall(classes[last]) { last += 1 }
    if last > capitals { return last }
    while last > start, !isSmall(classes[last - 1]) { last -= 1 }
    return last > start ? last : nil
  }

  /// Where `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+` ends.
  private func capitals(_ start: Int, _ end: Int) -> Int? {
    var last = start
    while last < end, isCapital(classes[last]) { last += 1 }
    return last > start ? last : nil
  }

  private func isCapital(_ kind: ScalarClass) -> Bool {
    !kind.isDisjoint(with: [.letter, .mark]) && !kind.contains(.lower)
  }

  private func isSmall(_ kind: ScalarClass) -> Bool {
    !kind.isDisjoint(with: [.letter, .mark]) && !kind.contains(.upper)
  }

  /// DeepSeek V3: an ASCII punctuation mark with ASCII letters, words with marks and any one character in front,
  /// ` ?[\p{P}\p{S}]+[\r\n]*`, white space.
  func markedWords(_ position: Int, _ end: Int) -> Int {
    let kind = classes[position]
    if values[position] < 128, !kind.isDisjoint(with: [.punctuation, .symbol]) {
      var letters = position + 1
      while letters < end, values[letters] < 128, classes[letters].contains(.letter) {
        letters += 1
      }
      if letters > position + 1 { return letters }
    }
    if !kind.isDisjoint(with: [.letter, .mark]) {
      return run(of: [.letter, .mark], from: position + 1, before: end)
    }
    if kind.isDisjoint(with: [.newline, .punctuation, .symbol]),
      !self.kind(position + 1, before: end).isDisjoint(with: [.letter, .mark])
    {
      return run(of: [.letter, .mark], from: position + 2, before: end)
    }
    let start = values[position] == 0x20 ? position + 1 : position
    let marks = run(of: [.punctuation, .symbol], from: start, before: end)
    if marks > start { return run(of: .newline, from: marks, before: end) }
    return spacesAndLines(position, end)
  }

  /// ` ?[^...]+[\r\n]*`, the line breaks with slashes among them or without; nil when there is none.
  @inline(__always)
  private func others(
    _ position: Int, _ end: Int, without excluded: ScalarClass, slash: Bool
  ) -> Int? {
    let start = values[position] == 0x20 ? position + 1 : position
    var next = run(without: excluded, from: start, before: end)
    guard next > start else { return nil }
    while next < end, classes[next].contains(.newline) || (slash && values[next] == 0x2f) {
      next += 1
    }
    return next
  }
}

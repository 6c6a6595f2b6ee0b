extension JinjaString {
  /// The string without some characters at its ends; white space where none are named.
  func stripped(
    of set: JinjaString? = nil, leading: Bool = true, trailing: Bool = true
  ) -> JinjaString {
    let named = set.map { Set($0.characters.map(\.scalar)) }
    func isSurplus(_ character: JinjaCharacter) -> Bool {
      named?.contains(character.scalar) ?? isPythonSpace(character.scalar)
    }
    var range = characters[...]
    if leading { range = range.drop(while: isSurplus) }
    if trailing { while let last = range.last, isSurplus(last) { range = range.dropLast() } }
    return JinjaString(range)
  }

  /// The parts between occurrences of a text, at most `limit` cuts, counted from the front or from the end.
  func split(by separator: JinjaString, limit: Int, fromEnd: Bool) -> [JinjaString] {
    guard fromEnd else {
      return parts(at: occurrences(of: separator, limit: limit), width: separator.count)
    }
    let reversed = JinjaString(characters.reversed())
    let mirrored = JinjaString(separator.characters.reversed())
    let cuts = reversed.occurrences(of: mirrored, limit: limit)
    return parts(at: cuts.map { count - $0 - separator.count }.reversed(), width: separator.count)
  }

  private func parts(at cuts: [Int], width: Int) -> [JinjaString] {
    var parts: [JinjaString] = []
    var position = 0
    for cut in cuts {
      parts.append(JinjaString(characters[position..<cut]))
      position = cut + width
    }
    return parts + [JinjaString(characters[position...])]
  }

  /// The words between white space, at most `limit` cuts; what is not cut keeps its inner white space.
  func words(limit: Int, fromEnd: Bool) -> [JinjaString] {
    let text = fromEnd ? JinjaString(characters.reversed()) : self
    var words: [JinjaString] = []
    var rest = text.characters.drop { isPythonSpace($0.scalar) }
    while !rest.isEmpty {
      guard words.count < limit else {
        words.append(JinjaString(rest))
        break
      }
      let word = rest.prefix { !isPythonSpace($0.scalar) }
      words.append(JinjaString(word))
      rest = rest[word.endIndex...].drop { isPythonSpace($0.scalar) }
    }
    guard fromEnd else { return words }
    return words.reversed().map { JinjaString($0.characters.reversed()) }
  }

  /// The lines, with their ends or without.
  func lines(keepingEnds: Bool = false) -> [JinjaString] {
    var lines: [JinjaString] = []
    var start = 0
    var index = 0
    while index < count {
      guard Self.endsLine(characters[index].scalar) else {
        index += 1
        continue
      }
      let isPair =
        characters[index].scalar == "\r" && index + 1 < count
        && characters[index + 1].scalar == "\n"
      let next = index + (isPair ? 2 : 1)
      lines.append(JinjaString(characters[start..<(keepingEnds ? next : index)]))
      start = next
      index = next
    }
    if start < count { lines.append(JinjaString(characters[start...])) }
    return lines
  }

  private static func endsLine(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 10...13, 28...30, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }
}

extension JinjaString {
  /// The offsets of `pattern`, by the algorithm of Knuth, Morris and Pratt, in time proportional to the sum of the
  /// lengths.
  ///
  /// - Parameter overlapping: whether occurrences may overlap; otherwise each begins after the one before.
  func occurrences(
    of pattern: JinjaString, limit: Int = .max, overlapping: Bool = false
  ) -> [Int] {
    guard !pattern.isEmpty else { return Array((0...count).prefix(max(0, limit))) }
    let wanted = pattern.characters.map(\.scalar)
    var fallback = [0]
    var matched = 0
    for index in wanted.indices.dropFirst() {
      while matched > 0, wanted[index] != wanted[matched] { matched = fallback[matched - 1] }
      if wanted[index] == wanted[matched] { matched += 1 }
      fallback.append(matched)
    }
    var starts: [Int] = []
    matched = 0
    for (index, character) in characters.enumerated() {
      guard starts.count < limit else { break }
      while matched > 0, character.scalar != wanted[matched] { matched = fallback[matched - 1] }
      if character.scalar == wanted[matched] { matched += 1 }
      if matched == wanted.count {
        starts.append(index + 1 - matched)
        matched = overlapping ? fallback[matched - 1] : 0
      }
    }
    return starts
  }

  func contains(_ pattern: JinjaString) -> Bool {
    !occurrences(of: pattern, limit: 1).isEmpty
  }

  func hasPrefix(_ prefix: JinjaString) -> Bool {
    count >= prefix.count
      && zip(characters, prefix.characters).allSatisfy { $0.scalar == $1.scalar }
  }

  func hasSuffix(_ suffix: JinjaString) -> Bool {
    count >= suffix.count
      && zip(characters.suffix(suffix.count), suffix.characters)
        .allSatisfy { $0.scalar == $1.scalar }
  }

  /// The string with the first `limit` occurrences of a text replaced.
  func replacing(_ old: JinjaString, with new: JinjaString, limit: Int) -> JinjaString {
    var result = JinjaString()
    var position = 0
    for start in occurrences(of: old, limit: limit) {
      result.characters += characters[position..<start]
      result.append(new)
      position = start + old.count
    }
    result.characters += characters[min(position, count)...]
    return result
  }
}

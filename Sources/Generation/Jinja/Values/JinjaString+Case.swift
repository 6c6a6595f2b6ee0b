extension JinjaString {
  /// Maps every character, keeping origins.
  private func mapped(
    _ transform: (_ index: Int, _ scalar: Unicode.Scalar) -> String
  ) -> JinjaString {
    var result = JinjaString()
    result.characters.reserveCapacity(count)
    for (index, character) in characters.enumerated() {
      for scalar in transform(index, character.scalar).unicodeScalars {
        result.characters.append(JinjaCharacter(scalar: scalar, origin: character.origin))
      }
    }
    return result
  }

  var uppercased: JinjaString { mapped { $1.properties.uppercaseMapping } }

  var lowercased: JinjaString { mapped { lowercase($1, at: $0) } }

  /// The first character in title case, the others in lower case.
  var capitalized: JinjaString {
    mapped { $0 == 0 ? $1.properties.titlecaseMapping : lowercase($1, at: $0) }
  }

  /// Every letter that follows no letter in title case, the others in lower case: `str.title` of Python.
  var titlecased: JinjaString {
    var followsLetter = false
    return mapped { index, scalar in
      defer { followsLetter = scalar.properties.isCased }
      return followsLetter ? lowercase(scalar, at: index) : scalar.properties.titlecaseMapping
    }
  }

  /// Words in title case; words end at white space, hyphens and opening brackets: the filter `title`.
  var wordsCapitalized: JinjaString {
    var result = JinjaString()
    var word = JinjaString()
    func finished(_ word: JinjaString) -> JinjaString {
      JinjaString(
        JinjaString(word.characters.prefix(1)).uppercased.characters
          + JinjaString(word.characters.dropFirst()).lowercased.characters)
    }
    for character in characters {
      if isPythonSpace(character.scalar) || "-({[<".unicodeScalars.contains(character.scalar) {
        result.append(finished(word))
        result.characters.append(character)
        word = JinjaString()
      } else {
        word.characters.append(character)
      }
    }
    result.append(finished(word))
    return result
  }

  /// Lower case; a capital sigma at the end of a word has a special form.
  private func lowercase(_ scalar: Unicode.Scalar, at index: Int) -> String {
    guard scalar == "\u{3A3}" else { return scalar.properties.lowercaseMapping }
    let before = characters[..<index].reversed().first {
      !$0.scalar.properties.isCaseIgnorable
    }
    let after = characters[(index + 1)...].first { !$0.scalar.properties.isCaseIgnorable }
    let isFinal =
      before?.scalar.properties.isCased == true && after?.scalar.properties.isCased != true
    return isFinal ? "\u{3C2}" : "\u{3C3}"
  }

  /// `&`, `<`, `>` and quotation marks as HTML writes them.
  var escaped: JinjaString {
    guard !isSafe else { return self }
    var result = mapped { _, scalar in
      switch scalar {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "'": "&#39;"
      case "\"": "&#34;"
      default: String(scalar)
      }
    }
    result.isSafe = true
    return result
  }
}

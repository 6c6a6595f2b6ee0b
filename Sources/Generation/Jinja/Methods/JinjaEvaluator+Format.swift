extension JinjaEvaluator {
  /// Puts values into a text, in place of `{}`, `{0}` and `{name}`: `str.format` of Python without conversions, forms and
  /// accesses.
  func formatted(
    _ form: JinjaString, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    var result = JinjaString()
    var next = 0
    var index = 0
    while index < form.count {
      let character = form.characters[index]
      index += 1
      guard character.scalar == "{" || character.scalar == "}" else {
        result.characters.append(character)
        continue
      }
      if index < form.count, form.characters[index].scalar == character.scalar {
        result.characters.append(character)
        index += 1
        continue
      }
      let field = form.characters[index...].prefix { $0.scalar != "}" }
      guard character.scalar == "{", field.endIndex < form.count else {
        throw failure("'format' finds a single brace", expected: "'{}'")
      }
      index = field.endIndex + 1
      let text = try string(of: try value(of: JinjaString(field), &next, arguments))
      try check(characters: result.count + text.count)
      try charge(text.count / 2 + 1)
      result.append(text)
    }
    return try made(result)
  }

  /// The value of a field: the next one, one by index, or one by name.
  private func value(
    of field: JinjaString, _ next: inout Int, _ arguments: JinjaCallArguments
  ) throws(JinjaError) -> JinjaValue {
    let name = field.text
    guard name.unicodeScalars.allSatisfy({ $0 == "_" || $0.properties.isXIDContinue }) else {
      throw .unsupported(line: line, feature: "'format' with more than names in braces")
    }
    if name.isEmpty { next += 1 }
    let place = name.isEmpty ? next - 1 : Int(name)
    let value =
      if let place {
        arguments.positional.indices.contains(place) ? arguments.positional[place] : nil
      } else {
        arguments.value(named: name)
      }
    guard let value else { throw failure("'format' is given too few values") }
    return value
  }
}

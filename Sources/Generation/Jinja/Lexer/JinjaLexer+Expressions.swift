import ModelFiles

extension JinjaLexer {
  /// Characters of a name: names are looked up all the time.
  private static let longestName = 256
  private static let pairs = ["**", "//", "==", "!=", ">=", "<="]
  private static let singles = Set("+-*/%~[](){}<>=.:|,;".unicodeScalars)

  /// The tokens of a tag up to its end: `}}` or `%}`, which only counts outside of brackets.
  mutating func expression(closing mark: Unicode.Scalar) throws(JinjaError) {
    var open: [Unicode.Scalar] = []
    while let scalar = peek() {
      if open.isEmpty, let end = closing(mark, trimsLine: mark == "%") {
        add(mark == "%" ? .blockEnd : .variableEnd)
        close(at: end)
        return
      }
      if isPythonSpace(scalar) {
        skip(to: position + 1)
      } else if scalar == "'" || scalar == "\"" {
        try string(scalar)
      } else if isDigit(scalar) {
        try number()
      } else if scalar == "_" || scalar.properties.isXIDStart {
        try name()
      } else {
        try symbol(scalar, &open)
      }
    }
    // The parser reports what is missing.
    skip(to: source.count)
  }

  private mutating func symbol(
    _ scalar: Unicode.Scalar, _ open: inout [Unicode.Scalar]
  ) throws(JinjaError) {
    if let next = peek(1), Self.pairs.contains(String(scalar) + String(next)) {
      add(.symbol(String(scalar) + String(next)))
      position += 2
      return
    }
    guard Self.singles.contains(scalar) else {
      throw .syntax(
        line: line, what: "the character \(quoted(String(scalar))) stands in a tag",
        expected: "an expression")
    }
    switch scalar {
    case "(": open.append(")")
    case "[": open.append("]")
    case "{": open.append("}")
    case ")", "]", "}":
      guard open.popLast() == scalar else {
        throw .syntax(line: line, what: "'\(scalar)' closes nothing", expected: nil)
      }
    default: break
    }
    add(.symbol(String(scalar)))
    position += 1
  }

  private mutating func name() throws(JinjaError) {
    let start = position
    while let scalar = peek(), scalar == "_" || scalar.properties.isXIDContinue { position += 1 }
    guard position - start <= Self.longestName else {
      throw .limit(line: line, what: "a name is", limit: Self.longestName)
    }
    add(.name(String(String.UnicodeScalarView(source[start..<position]))))
  }

  private func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  /// Decimal digits with single underscores between them.
  private func digits(from start: Int) -> Int? {
    var index = start
    guard index < source.count, isDigit(source[index]) else { return nil }
    while index < source.count {
      if isDigit(source[index]) {
        index += 1
      } else if source[index] == "_", index + 1 < source.count, isDigit(source[index + 1]) {
        index += 2
      } else {
        break
      }
    }
    return index
  }

  private mutating func number() throws(JinjaError) {
    let start = position
    if peek() == "0", let letter = peek(1), let radix = Self.radix(letter),
      let first = peek(2), Int(String(first), radix: radix) != nil
    {
      position += 2
      let begin = position
      while let scalar = peek(), scalar == "_" || Int(String(scalar), radix: radix) != nil {
        position += 1
      }
      try integer(text(from: begin), radix: radix)
      return
    }
    let whole = digits(from: start) ?? start + 1
    var end = whole
    // After a dot the number is an index: `list.0.1`.
    if start == 0 || source[start - 1] != "." {
      if end < source.count, source[end] == ".", let more = digits(from: end + 1) { end = more }
      if end < source.count, source[end] == "e" || source[end] == "E" {
        let sign = end + 1 < source.count && "+-".unicodeScalars.contains(source[end + 1]) ? 1 : 0
        if let more = digits(from: end + 1 + sign) { end = more }
      }
    }
    position = end
    let text = text(from: start)
    if end > whole {
      add(.float(Double(text) ?? .infinity))
    } else if source[start] == "0", text.contains(where: { $0 != "0" }) {
      throw .syntax(line: line, what: "a number begins with a zero", expected: nil)
    } else {
      try integer(text, radix: 10)
    }
  }

  private func text(from start: Int) -> String {
    String(String.UnicodeScalarView(source[start..<position].filter { $0 != "_" }))
  }

  private mutating func integer(_ text: String, radix: Int) throws(JinjaError) {
    guard let value = Int(text, radix: radix) else {
      throw .limit(line: line, what: "a number is", limit: .max)
    }
    add(.integer(value))
  }

  private static func radix(_ letter: Unicode.Scalar) -> Int? {
    switch letter {
    case "x", "X": 16
    case "o", "O": 8
    case "b", "B": 2
    default: nil
    }
  }
}

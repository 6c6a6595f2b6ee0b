extension JinjaLexer {
  /// A string in quotation marks, with Python's escapes.
  mutating func string(_ mark: Unicode.Scalar) throws(JinjaError) {
    let start = line
    var text: [Unicode.Scalar] = []
    position += 1
    while let scalar = peek() {
      skip(to: position + 1)
      if scalar == mark {
        tokens.append(JinjaToken(kind: .string(text), line: start))
        return
      }
      if scalar == "\\" { try escape(&text) } else { text.append(scalar) }
    }
    throw .syntax(line: start, what: "a string does not end", expected: String(mark))
  }

  private mutating func escape(_ text: inout [Unicode.Scalar]) throws(JinjaError) {
    guard let letter = peek() else { return }
    skip(to: position + 1)
    switch letter {
    case "\n": break
    case "n": text.append("\n")
    case "t": text.append("\t")
    case "r": text.append("\r")
    case "a": text.append("\u{7}")
    case "b": text.append("\u{8}")
    case "f": text.append("\u{C}")
    case "v": text.append("\u{B}")
    case "\\", "'", "\"": text.append(letter)
    case "x": try code(digits: 2, &text)
    case "u": try code(digits: 4, &text)
    case "U": try code(digits: 8, &text)
    case "0"..."7":
      var value = letter.value - 48
      for _ in 0..<2 {
        guard let digit = peek(), ("0"..."7").contains(digit) else { break }
        value = value * 8 + digit.value - 48
        position += 1
      }
      text.append(Unicode.Scalar(value) ?? "\u{FFFD}")
    case "N": throw .unsupported(line: line, feature: "a character by its name, '\\N',")
    default: text += ["\\", letter]
    }
  }

  private mutating func code(
    digits: Int, _ text: inout [Unicode.Scalar]
  ) throws(JinjaError) {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let scalar = peek(), scalar.isASCII, let digit = Character(scalar).hexDigitValue else {
        throw .syntax(line: line, what: "an escape is cut off", expected: "\(digits) hex digits")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    guard let scalar = Unicode.Scalar(value) else {
      throw .unsupported(line: line, feature: "a half of a surrogate pair")
    }
    text.append(scalar)
  }
}

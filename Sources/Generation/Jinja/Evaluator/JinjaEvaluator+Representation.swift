extension JinjaEvaluator {
  /// A value as it is written: `str` of Python.
  func string(of value: JinjaValue) throws(JinjaError) -> JinjaString {
    switch value {
    case .string(let text): return text
    case .undefined: return JinjaString()
    default:
      var result = JinjaString()
      try represent(value, in: &result)
      return result
    }
  }

  /// Adds a value as it is written inside of lists: `repr` of Python.
  func represent(_ value: JinjaValue, in result: inout JinjaString) throws(JinjaError) {
    try enter()
    defer { leave() }
    switch value {
    case .undefined: result.append("Undefined")
    case .none: result.append("None")
    case .bool(let value): result.append(value ? "True" : "False")
    case .integer(let value): result.append(String(value))
    case .float(let value): result.append(JinjaNumber.text(of: value))
    case .string(let text): try quote(text, in: &result)
    case .sequence(let sequence): try represent(sequence, in: &result)
    case .mapping(let mapping): try represent(mapping.entries, in: &result)
    case .namespace(let namespace):
      result.append("<Namespace ")
      try represent(
        namespace.attributes.map { (key: .text($0.name), value: $0.value) }, in: &result)
      result.append(">")
    case .loop(let loop):
      result.append("<LoopContext \(loop.index + 1)/\(loop.items.count)>")
    case .callable(.macro(let macro)): result.append("<Macro '\(macro.declaration.name)'>")
    case .callable:
      throw .unsupported(line: line, feature: "writing out a function")
    }
    try check(characters: result.count)
  }

  private func represent(
    _ sequence: JinjaSequence, in result: inout JinjaString
  ) throws(JinjaError) {
    switch sequence.kind {
    case .list: try represent(sequence.items, "[", "]", in: &result)
    case .tuple:
      try represent(sequence.items, "(", sequence.items.count == 1 ? ",)" : ")", in: &result)
    case .view(let name): try represent(sequence.items, "dict_\(name)([", "])", in: &result)
    case .range: throw .unsupported(line: line, feature: "writing out a range")
    case .generator:
      throw .unsupported(line: line, feature: "writing out what a filter has not listed")
    }
  }

  private func represent(
    _ items: [JinjaValue], _ open: String, _ close: String, in result: inout JinjaString
  ) throws(JinjaError) {
    result.append(open)
    for (index, item) in items.enumerated() {
      if index > 0 { result.append(", ") }
      try represent(item, in: &result)
    }
    result.append(close)
  }

  private func represent(
    _ entries: [(key: JinjaValue, value: JinjaValue)], in result: inout JinjaString
  ) throws(JinjaError) {
    result.append("{")
    for (index, entry) in entries.enumerated() {
      if index > 0 { result.append(", ") }
      try represent(entry.key, in: &result)
      result.append(": ")
      try represent(entry.value, in: &result)
    }
    result.append("}")
  }

  /// A string in quotation marks; what cannot be printed is escaped.
  private func quote(_ text: JinjaString, in result: inout JinjaString) throws(JinjaError) {
    try charge(text.count)
    let scalars = text.characters.lazy.map(\.scalar)
    let mark: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
    result.append(String(mark))
    for character in text.characters {
      switch character.scalar {
      case mark, "\\": result.append("\\", origin: character.origin)
      case "\n", "\r", "\t":
        let letter = character.scalar == "\n" ? "n" : character.scalar == "\r" ? "r" : "t"
        result.append("\\" + letter, origin: character.origin)
        continue
      case let scalar where !Self.isPrintable(scalar):
        result.append(Self.escape(scalar), origin: character.origin)
        continue
      default: break
      }
      result.characters.append(character)
    }
    result.append(String(mark))
  }

  fileprivate static func escape(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    let (letter, width) =
      scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
    return "\\\(letter)" + String(repeating: "0", count: width - digits.count) + digits
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      false
    case .spaceSeparator: scalar == " "
    default: true
    }
  }
}

extension JinjaString {
  /// The representation with nothing but ASCII in it: `ascii` of Python.
  var asciiRepresentation: JinjaString {
    var result = JinjaString()
    for character in characters {
      if character.scalar.isASCII {
        result.characters.append(character)
      } else {
        result.append(JinjaEvaluator.escape(character.scalar), origin: character.origin)
      }
    }
    return result
  }

  mutating func append(_ text: String, origin: Int32) {
    for scalar in text.unicodeScalars {
      characters.append(JinjaCharacter(scalar: scalar, origin: origin))
    }
  }
}

/// Writes values as JSON, as `json.dumps` of Python does: the filter `tojson` of chat templates, which escapes no HTML.
struct JinjaJSONWriter {
  let evaluator: JinjaEvaluator
  var escapesNonASCII = false
  var indent: JinjaString?
  var itemSeparator: JinjaString
  var keySeparator: JinjaString
  var sortsKeys = false
  private(set) var result = JinjaString()

  init(evaluator: JinjaEvaluator, indent: JinjaString?) {
    self.evaluator = evaluator
    self.indent = indent
    itemSeparator = JinjaString(indent == nil ? ", " : ",")
    keySeparator = JinjaString(": ")
  }

  mutating func write(_ value: JinjaValue, level: Int = 0) throws(JinjaError) {
    try evaluator.enter()
    defer { evaluator.leave() }
    switch value {
    case .none: result.append("null")
    case .bool(let value): result.append(value ? "true" : "false")
    case .integer(let value): result.append(String(value))
    case .float(let value): result.append(Self.number(value))
    case .string(let text): try write(text)
    case .sequence(let sequence) where sequence.kind == .list || sequence.kind == .tuple:
      try write(sequence.items, level: level)
    case .mapping(let mapping): try write(mapping.entries, level: level)
    default:
      throw evaluator.failure(
        "'tojson' is given \(value.typeName)", expected: "a value that JSON knows")
    }
    try evaluator.check(characters: result.count)
  }

  private static func number(_ value: Double) -> String {
    guard !value.isFinite else { return JinjaNumber.text(of: value) }
    return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
  }

  private mutating func write(_ items: [JinjaValue], level: Int) throws(JinjaError) {
    guard !items.isEmpty else { return result.append("[]") }
    result.append("[")
    for (index, item) in items.enumerated() {
      if index > 0 { result.append(itemSeparator) }
      try breakLine(level + 1)
      try write(item, level: level + 1)
    }
    try breakLine(level)
    result.append("]")
  }

  private mutating func write(
    _ entries: [(key: JinjaValue, value: JinjaValue)], level: Int
  ) throws(JinjaError) {
    guard !entries.isEmpty else { return result.append("{}") }
    var entries = entries
    if sortsKeys {
      entries = try evaluator.sorted(entries) { (entry) in entry.key }
    }
    result.append("{")
    for (index, entry) in entries.enumerated() {
      if index > 0 { result.append(itemSeparator) }
      try breakLine(level + 1)
      try write(key: entry.key)
      result.append(keySeparator)
      try write(entry.value, level: level + 1)
    }
    try breakLine(level)
    result.append("}")
  }

  private mutating func write(key: JinjaValue) throws(JinjaError) {
    switch key {
    case .string(let text): try write(text)
    case .none, .bool, .integer, .float:
      result.append("\"")
      try write(key)
      result.append("\"")
    default: throw evaluator.failure("\(key.typeName) is a key", expected: "a string")
    }
  }

  private mutating func breakLine(_ level: Int) throws(JinjaError) {
    guard let indent else { return }
    try evaluator.charge(indent.count * level)
    result.append("\n")
    for _ in 0..<level { result.append(indent) }
  }

  private mutating func write(_ text: JinjaString) throws(JinjaError) {
    try evaluator.charge(text.count)
    result.append("\"")
    for character in text.characters {
      guard let escape = escape(character.scalar) else {
        result.characters.append(character)
        continue
      }
      result.append(escape, origin: character.origin)
    }
    result.append("\"")
  }

  private func escape(_ scalar: Unicode.Scalar) -> String? {
    switch scalar {
    case "\"": return "\\\""
    case "\\": return "\\\\"
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    case "\u{8}": return "\\b"
    case "\u{C}": return "\\f"
    default:
      guard scalar.value < 32 || escapesNonASCII && scalar.value > 126 else { return nil }
      if scalar.value == 127 { return nil }
      return String(scalar).utf16.map { unit in
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }.joined()
    }
  }
}

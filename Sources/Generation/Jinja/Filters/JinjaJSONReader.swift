import Foundation

/// Reads JSON, as `json.loads` of Python does: the filter `fromjson`.
///
/// Strings keep the origins of their characters. Nesting is bounded by `JinjaLimits.valueDepth`, numbers by 64 bits.
struct JinjaJSONReader {
  private let evaluator: JinjaEvaluator
  private let text: ArraySlice<JinjaCharacter>
  private var index = 0
  private var depth = 0

  init(evaluator: JinjaEvaluator, text: JinjaString) {
    self.evaluator = evaluator
    self.text = text.characters[...]
  }

  /// The value of the whole text.
  mutating func read() throws(JinjaError) -> JinjaValue {
    try evaluator.charge(text.count)
    skipSpace()
    let result = try value()
    skipSpace()
    guard index == text.count else { throw broken("text follows the value") }
    return result
  }

  private var current: Unicode.Scalar? { index < text.count ? text[index].scalar : nil }

  private func broken(_ what: String) -> JinjaError {
    evaluator.failure("'fromjson' is given something else: \(what)", expected: "JSON")
  }

  private mutating func skipSpace() {
    while let scalar = current, " \t\n\r".unicodeScalars.contains(scalar) { index += 1 }
  }

  private mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
    guard current == scalar else { return false }
    index += 1
    return true
  }

  private mutating func skip(word: String) -> Bool {
    let scalars = word.unicodeScalars
    guard index + scalars.count <= text.count,
      text[index..<index + scalars.count].lazy.map(\.scalar).elementsEqual(scalars)
    else { return false }
    index += scalars.count
    return true
  }

  private mutating func value() throws(JinjaError) -> JinjaValue {
    switch current {
    case "{": return try nested { (reader) throws(JinjaError) in try reader.dictionary() }
    case "[": return try nested { (reader) throws(JinjaError) in try reader.list() }
    case "\"": return .string(try string())
    default: break
    }
    for (word, value) in [
      ("null", JinjaValue.none), ("true", .bool(true)), ("false", .bool(false)),
      ("NaN", .float(.nan)), ("Infinity", .float(.infinity)), ("-Infinity", .float(-.infinity)),
    ] where skip(word: word) { return value }
    return try number()
  }

  private mutating func nested(
    _ body: (inout Self) throws(JinjaError) -> JinjaValue
  ) throws(JinjaError) -> JinjaValue {
    depth += 1
    defer { depth -= 1 }
    guard depth <= evaluator.limits.valueDepth else {
      throw .limit(
        line: evaluator.line, what: "the nesting of a list is",
        limit: evaluator.limits.valueDepth)
    }
    index += 1
    skipSpace()
    return try body(&self)
  }

  private mutating func list() throws(JinjaError) -> JinjaValue {
    var items: [JinjaValue] = []
    if skip("]") { return try evaluator.made(items) }
    while true {
      items.append(try value())
      skipSpace()
      if skip("]") { return try evaluator.made(items) }
      guard skip(",") else { throw broken("a list has no end") }
      skipSpace()
    }
  }

  private mutating func dictionary() throws(JinjaError) -> JinjaValue {
    var entries: [(key: JinjaValue, value: JinjaValue)] = []
    if skip("}") { return try evaluator.mapping(entries) }
    while true {
      guard current == "\"" else { throw broken("a key is no string") }
      let key = try string()
      skipSpace()
      guard skip(":") else { throw broken("a key has no value") }
      skipSpace()
      entries.append((.string(key), try value()))
      skipSpace()
      if skip("}") { return try evaluator.mapping(entries) }
      guard skip(",") else { throw broken("a dictionary has no end") }
      skipSpace()
    }
  }

  private mutating func string() throws(JinjaError) -> JinjaString {
    index += 1
    var result = JinjaString()
    while index < text.count {
      let character = text[index]
      index += 1
      switch character.scalar {
      case "\"": return result
      case "\\":
        result.characters.append(
          JinjaCharacter(scalar: try escaped(), origin: character.origin))
      case let scalar where scalar.value < 32: throw broken("a string holds a control character")
      default: result.characters.append(character)
      }
    }
    throw broken("a string has no end")
  }

  /// What follows a backslash.
  private mutating func escaped() throws(JinjaError) -> Unicode.Scalar {
    guard let letter = current else { throw broken("a string has no end") }
    index += 1
    switch letter {
    case "\"", "\\", "/": return letter
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "b": return "\u{8}"
    case "f": return "\u{C}"
    case "u":
      var units = [try unit()]
      if UTF16.isLeadSurrogate(units[0]), skip(word: "\\u") { units.append(try unit()) }
      // Python keeps half a character, which no output can hold.
      guard let scalar = String(validating: units, as: UTF16.self)?.unicodeScalars.first else {
        throw broken("a string holds half a character")
      }
      return scalar
    default: throw broken("a backslash stands before such a letter")
    }
  }

  private mutating func unit() throws(JinjaError) -> UInt16 {
    let digits = JinjaString(text[index..<min(index + 4, text.count)]).text
    guard digits.utf8.count == 4, digits.allSatisfy(\.isHexDigit),
      let unit = UInt16(digits, radix: 16)
    else { throw broken("'\\u' stands without four digits") }
    index += 4
    return unit
  }

  private mutating func number() throws(JinjaError) -> JinjaValue {
    let start = index
    _ = skip("-")
    let whole = digits()
    guard whole == 1 || whole > 1 && text[index - whole].scalar != "0" else {
      throw broken(start < text.count ? "no value begins so" : "it ends too early")
    }
    var isWhole = true
    let afterWhole = index
    if skip(".") {
      if digits() > 0 { isWhole = false } else { index = afterWhole }
    }
    let afterFraction = index
    if skip("e") || skip("E") {
      if !skip("+") { _ = skip("-") }
      if digits() > 0 { isWhole = false } else { index = afterFraction }
    }
    let written = JinjaString(text[start..<index]).text
    guard isWhole else { return .float(Double(written) ?? .infinity) }
    guard let integer = Int(written) else {
      throw .limit(line: evaluator.line, what: "a number is", limit: .max)
    }
    return .integer(integer)
  }

  /// Passes over digits; their number.
  private mutating func digits() -> Int {
    let start = index
    while let scalar = current, ("0"..."9").contains(scalar) { index += 1 }
    return index - start
  }
}

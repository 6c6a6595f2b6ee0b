/// A strict parser for JSON (RFC 8259) from untrusted bytes: bounded depth and number of values, no duplicate members, no
/// trailing text.
///
/// Foundation's decoders silently keep one of two equal members; a header that names a tensor twice must be refused.
struct JSONParser {
  /// The fault and its byte offset.
  struct Failure: Error, Equatable {
    let what: String
    let offset: Int
  }

  /// The largest depth of nested values.
  static let maximumDepth = 16
  /// Values in one text: each takes forty bytes, so that a short text cannot fill the memory. A `tokenizer.json` with
  /// 256 000 pieces and half a million merges has two million.
  static let maximumValues = 8_000_000

  private let bytes: UnsafeRawBufferPointer
  private var offset = 0
  private var values = 0

  /// Parses one value that fills `bytes`, white space aside.
  static func parse(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> JSONValue {
    var parser = JSONParser(bytes: bytes)
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.offset == bytes.count else { throw parser.failure("text after the end") }
    return value
  }

  private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private func failure(_ what: String) -> Failure { Failure(what: what, offset: offset) }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d {
      offset += 1
    }
  }

  private mutating func take(_ character: Character) -> Bool {
    guard next == character.asciiValue else { return false }
    offset += 1
    return true
  }

  private mutating func value(depth: Int) throws(Failure) -> JSONValue {
    guard depth < Self.maximumDepth else { throw failure("too deep a nesting") }
    values += 1
    guard values <= Self.maximumValues else { throw failure("too many values") }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case nil: throw failure("an early end")
    default: return try number()
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(Failure) -> JSONValue {
    for byte in word.utf8 {
      guard next == byte else { throw failure("an unknown word") }
      offset += 1
    }
    return value
  }

  private mutating func object(depth: Int) throws(Failure) -> JSONValue {
    offset += 1
    var members: [JSONValue.Member] = []
    var names: Set<ByteString> = []
    skipSpace()
    if take("}") { return .object([]) }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw failure("a member without a name") }
      let start = offset
      let name = try string()
      guard names.insert(ByteString(name)).inserted else {
        throw Failure(what: "the name \(quoted(name)) twice", offset: start)
      }
      skipSpace()
      guard take(":") else { throw failure("a member without a colon") }
      members.append(.init(name: name, value: try value(depth: depth + 1)))
      skipSpace()
      if take("}") { return .object(members) }
      guard take(",") else { throw failure("an unfinished object") }
    }
  }

  private mutating func array(depth: Int) throws(Failure) -> JSONValue {
    offset += 1
    var values: [JSONValue] = []
    skipSpace()
    if take("]") { return .array([]) }
    while true {
      values.append(try value(depth: depth + 1))
      skipSpace()
      if take("]") { return .array(values) }
      guard take(",") else { throw failure("an unfinished array") }
    }
  }

  private mutating func number() throws(Failure) -> JSONValue {
    let start = offset
    _ = take("-")
    if take("0") {
      // No digits may follow a leading zero.
    } else if !digits() {
      throw failure("an unexpected character")
    }
    var exact = true
    if take(".") {
      exact = false
      guard digits() else { throw failure("a number without digits") }
    }
    if take("e") || take("E") {
      exact = false
      if !take("+") { _ = take("-") }
      guard digits() else { throw failure("a number without digits") }
    }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    if exact, let integer = Int64(text) { return .integer(integer) }
    return .number(text)
  }

  private mutating func digits() -> Bool {
    let start = offset
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
    return offset > start
  }

  private mutating func string() throws(Failure) -> String {
    offset += 1
    var text: [UInt8] = []
    while true {
      let start = offset
      while let byte = next, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
        offset += 1
      }
      let plain = UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
      switch next {
      case UInt8(ascii: "\""):
        offset += 1
        text.append(contentsOf: plain)
        guard let string = String(validating: text, as: UTF8.self) else {
          throw failure("a string that is not valid UTF-8")
        }
        return string
      case UInt8(ascii: "\\"):
        offset += 1
        text.append(contentsOf: plain)
        text.append(contentsOf: String(try escape()).utf8)
      case nil: throw failure("an unfinished string")
      default: throw failure("a control character in a string")
      }
    }
  }

  private mutating func escape() throws(Failure) -> Unicode.Scalar {
    guard let byte = next else { throw failure("an unfinished string") }
    offset += 1
    switch byte {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let first = try hexadecimal()
      guard 0xd800..<0xdc00 ~= first else {
        guard let scalar = Unicode.Scalar(first) else { throw failure("half a character") }
        return scalar
      }
      guard take("\\"), take("u") else { throw failure("half a character") }
      let second = try hexadecimal()
      guard 0xdc00..<0xe000 ~= second,
        let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
      else { throw failure("half a character") }
      return scalar
    default: throw failure("an unknown escape")
    }
  }

  private mutating func hexadecimal() throws(Failure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue,
        byte < 0x80
      else { throw failure("an escape without four digits") }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }
}

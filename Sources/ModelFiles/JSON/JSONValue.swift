import Foundation

/// A JSON value for strict readers of untrusted headers: integers exact, members in order.
enum JSONValue: Equatable {
  case null
  case bool(Bool)
  /// A number without fraction and exponent that fits 64 bits.
  case integer(Int64)
  /// Any other number, as written.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([Member])

  struct Member: Equatable {
    let name: String
    let value: JSONValue
  }

  var object: [Member]? { if case .object(let members) = self { members } else { nil } }
  var array: [JSONValue]? { if case .array(let values) = self { values } else { nil } }
  var string: String? { if case .string(let text) = self { text } else { nil } }
  var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
  /// A finite number of either kind.
  var double: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .number(let text): Double(text).flatMap { $0.isFinite ? $0 : nil }
    default: nil
    }
  }
  var integer: Int? { if case .integer(let number) = self { Int(number) } else { nil } }
}

extension JSONValue {
  /// Reads a JSON file of at most `limit` bytes.
  ///
  /// - Throws: `ModelFileError` when it cannot be read, is larger, or is not JSON.
  static func read(_ path: String, limit: Int) throws(ModelFileError) -> JSONValue {
    let data = ByteOrderMark.removed(from: try FileContents.read(path, limit: limit))
    let parsed = data.withUnsafeBytes { bytes in
      Result { () throws(JSONParser.Failure) in try JSONParser.parse(bytes) }
    }
    switch parsed {
    case .success(let value): return value
    case .failure(let failure):
      throw .huggingFace(path: path, .notJSON(what: "\(failure.what) at byte \(failure.offset)"))
    }
  }

  /// The value's description in messages.
  var shown: String {
    switch self {
    case .null: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .integer(let number): "\(number)"
    case .number(let text): quoted(text)
    case .string(let text): quoted(text)
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// The text of a JSON string, quotation marks included: only what must be escaped is.
func jsonString(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    default:
      if scalar.value < 0x20 || scalar.value == 0x7f {
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
  }
  return result + "\""
}

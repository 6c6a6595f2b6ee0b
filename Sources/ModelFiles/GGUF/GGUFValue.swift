/// One metadata value of a GGUF file.
public enum GGUFValue: Sendable, Equatable {
  case unsigned(UInt64)
  case signed(Int64)
  case float(Double)
  case bool(Bool)
  case string(String)
  case unsignedArray([UInt64])
  case signedArray([Int64])
  case floatArray([Float])
  case boolArray([Bool])
  case stringArray([String])
}

/// The value types of GGUF v3, with the numbers used in the file.
enum GGUFValueType: UInt32 {
  case uint8 = 0
  case int8 = 1
  case uint16 = 2
  case int16 = 3
  case uint32 = 4
  case int32 = 5
  case float32 = 6
  case bool = 7
  case string = 8
  case array = 9
  case uint64 = 10
  case int64 = 11
  case float64 = 12

  /// Bytes of one value; the least possible for strings.
  var minimumSize: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64, .string: 8
    case .array: 12
    }
  }
}

/// The key/value pairs of a GGUF file, with typed look-ups.
public struct GGUFMetadata: Sendable, Equatable {
  private var values: [ByteString: GGUFValue]
  /// The keys in the file's order.
  public private(set) var keys: [String]

  /// Creates metadata without any key.
  public init() {
    values = [:]
    keys = []
  }

  /// The value of a key; nil when absent.
  public subscript(_ key: String) -> GGUFValue? {
    get { values[key] }
    set {
      if values[key] == nil, newValue != nil { keys.append(key) }
      if newValue == nil { keys.removeAll { ByteString($0) == ByteString(key) } }
      values[key] = newValue
    }
  }

  /// The string of a key; nil when absent or of another type.
  public func string(_ key: String) -> String? {
    if case .string(let value) = values[key] { value } else { nil }
  }

  /// The integer of a key, signed or not; nil when absent, of another type, or beyond `Int`.
  public func integer(_ key: String) -> Int? {
    switch values[key] {
    case .unsigned(let value): Int(exactly: value)
    case .signed(let value): Int(exactly: value)
    default: nil
    }
  }

  /// The number of a key as `Float`; integers count as numbers.
  public func float(_ key: String) -> Float? {
    switch values[key] {
    case .float(let value): Float(value)
    case .unsigned(let value): Float(value)
    case .signed(let value): Float(value)
    default: nil
    }
  }

  /// The truth value of a key; nil when absent or of another type.
  public func bool(_ key: String) -> Bool? {
    if case .bool(let value) = values[key] { value } else { nil }
  }

  /// The strings of an array key; nil when absent or of another type.
  public func strings(_ key: String) -> [String]? {
    if case .stringArray(let value) = values[key] { value } else { nil }
  }

  /// The floats of an array key; nil when absent or of another type.
  public func floats(_ key: String) -> [Float]? {
    if case .floatArray(let value) = values[key] { value } else { nil }
  }

  /// The integers of an array key, signed or not; nil when absent, of another type, or beyond `Int`.
  public func integers(_ key: String) -> [Int]? {
    switch values[key] {
    case .unsignedArray(let value):
      value.allSatisfy { $0 <= UInt64(Int.max) } ? value.map { Int($0) } : nil
    case .signedArray(let value): value.map { Int($0) }
    default: nil
    }
  }
}

public import Tensors

/// Builds a GGUF v3 file: keys first, then tensors, each aligned to 32 bytes.
///
/// The same calls give the same bytes. Setting a key or adding a tensor again replaces the earlier one in its place.
public struct GGUFWriter: Sendable {
  /// The alignment of the tensors' data.
  package static let alignment = 32

  private var keys: [String] = []
  private var values: [String: [UInt8]] = [:]
  private var tensors: [Entry] = []

  struct Entry: Sendable {
    let name: String
    let shape: [Int]
    let type: ElementType
    let bytes: [UInt8]
  }

  /// Creates a writer without keys and tensors.
  public init() {}

  // MARK: - Keys

  /// Sets a key to a string.
  public mutating func set(_ key: String, string value: String) {
    set(key, .string) { $0.string(value) }
  }

  /// Sets a key to an unsigned number of 32 bits, the type of most of GGUF's hyper-parameters.
  public mutating func set(_ key: String, uint32 value: UInt32) {
    set(key, .uint32) { $0.integer(value) }
  }

  /// Sets a key to a signed number of 32 bits.
  public mutating func set(_ key: String, int32 value: Int32) {
    set(key, .int32) { $0.integer(value) }
  }

  /// Sets a key to an unsigned number of 64 bits.
  public mutating func set(_ key: String, uint64 value: UInt64) {
    set(key, .uint64) { $0.integer(value) }
  }

  /// Sets a key to a Float32.
  public mutating func set(_ key: String, float value: Float) {
    set(key, .float32) { $0.integer(value.bitPattern) }
  }

  /// Sets a key to a truth value.
  public mutating func set(_ key: String, bool value: Bool) {
    set(key, .bool) { $0.integer(UInt8(value ? 1 : 0)) }
  }

  /// Sets a key to an array of strings.
  public mutating func set(_ key: String, strings: [String]) {
    setArray(key, .string, strings) { $0.string($1) }
  }

  /// Sets a key to an array of Float32.
  public mutating func set(_ key: String, floats: [Float]) {
    setArray(key, .float32, floats) { $0.integer($1.bitPattern) }
  }

  /// Sets a key to an array of signed numbers of 32 bits, the type of token types.
  public mutating func set(_ key: String, int32s: [Int32]) {
    setArray(key, .int32, int32s) { $0.integer($1) }
  }

  /// Sets a key to a value as read from another file.
  ///
  /// Numbers are written with 32 bits where they fit and with 64 where they do not; readers that accept any width of
  /// integer, this one included, see the same value.
  public mutating func set(_ key: String, _ value: GGUFValue) {
    switch value {
    case .unsigned(let number):
      if let short = UInt32(exactly: number) {
        set(key, uint32: short)
      } else {
        set(key, uint64: number)
      }
    case .signed(let number):
      if let short = Int32(exactly: number) {
        set(key, int32: short)
      } else {
        set(key, .int64) { $0.integer(number) }
      }
    case .float(let number):
      if Double(Float(number)) == number || number.isNaN {
        set(key, float: Float(number))
      } else {
        set(key, .float64) { $0.integer(number.bitPattern) }
      }
    case .bool(let truth): set(key, bool: truth)
    case .string(let text): set(key, string: text)
    case .unsignedArray(let numbers):
      if numbers.allSatisfy({ $0 <= UInt32.max }) {
        setArray(key, .uint32, numbers) { $0.integer(UInt32($1)) }
      } else {
        setArray(key, .uint64, numbers) { $0.integer($1) }
      }
    case .signedArray(let numbers):
      if numbers.allSatisfy({ Int32(exactly: $0) != nil }) {
        setArray(key, .int32, numbers) { $0.integer(Int32($1)) }
      } else {
        setArray(key, .int64, numbers) { $0.integer($1) }
      }
    case .floatArray(let numbers): set(key, floats: numbers)
    case .boolArray(let truths):
      setArray(key, .bool, truths) { $0.integer(UInt8($1 ? 1 : 0)) }
    case .stringArray(let texts): set(key, strings: texts)
    }
  }

  private mutating func set(
    _ key: String, _ type: GGUFValueType, _ body: (inout ByteBuffer) -> Void
  ) {
    var buffer = ByteBuffer()
    buffer.integer(type.rawValue)
    body(&buffer)
    if values.updateValue(buffer.bytes, forKey: key) == nil { keys.append(key) }
  }

  private mutating func setArray<Element>(
    _ key: String, _ type: GGUFValueType, _ elements: [Element],
    _ body: (inout ByteBuffer, Element) -> Void
  ) {
    set(key, .array) { buffer in
      buffer.integer(type.rawValue)
      buffer.integer(UInt64(elements.count))
      for element in elements { body(&buffer, element) }
    }
  }

  // MARK: - Tensors

  /// Adds a tensor whose bytes are encoded already.
  ///
  /// - Precondition: the bytes fit shape and type; rows are whole blocks; one to four positive extents.
  public mutating func add(name: String, shape: [Int], type: ElementType, bytes: [UInt8]) {
    precondition(
      (1...4).contains(shape.count) && shape.allSatisfy { $0 > 0 }, "one to four extents")
    precondition(
      shape[0] % type.blockSize == 0 && type.byteCount(elements: shape.reduce(1, *)) == bytes.count,
      "the bytes of a tensor fit its shape and type")
    let entry = Entry(name: name, shape: shape, type: type, bytes: bytes)
    if let index = tensors.firstIndex(where: { $0.name == name }) {
      tensors[index] = entry
    } else {
      tensors.append(entry)
    }
  }

  /// Adds a tensor from Float32 values, encoded as `type`.
  ///
  /// - Precondition: as many values as the shape says; rows are whole blocks.
  public mutating func add(name: String, shape: [Int], type: ElementType = .f32, floats: [Float]) {
    precondition(shape.reduce(1, *) == floats.count, "as many values as the shape says")
    guard let bytes = ElementEncoding.encode(floats, as: type) else {
      preconditionFailure("rows of a tensor are whole blocks")
    }
    add(name: name, shape: shape, type: type, bytes: bytes)
  }

  // MARK: - Output

  /// Everything in front of the tensors' data, padded to the alignment.
  private func header() -> [UInt8] {
    var buffer = ByteBuffer()
    buffer.bytes = Array("GGUF".utf8)
    buffer.integer(UInt32(3))
    buffer.integer(UInt64(tensors.count))
    buffer.integer(UInt64(keys.count))
    for key in keys {
      buffer.string(key)
      buffer.bytes += values[key] ?? []
    }
    var offset = 0
    for tensor in tensors {
      buffer.string(tensor.name)
      buffer.integer(UInt32(tensor.shape.count))
      for extent in tensor.shape { buffer.integer(UInt64(extent)) }
      buffer.integer(tensor.type.rawValue)
      buffer.integer(UInt64(offset))
      offset += tensor.bytes.count + Self.padding(after: tensor.bytes.count)
    }
    buffer.bytes += Self.zeros(Self.padding(after: buffer.bytes.count))
    return buffer.bytes
  }

  /// The whole file in memory.
  public func serialized() -> [UInt8] {
    var bytes = header()
    for tensor in tensors {
      bytes += tensor.bytes
      bytes += Self.zeros(Self.padding(after: tensor.bytes.count))
    }
    return bytes
  }

  /// Writes the file in one step: readers see the old one or the new one.
  ///
  /// - Throws: `ModelFileError.unwritable` and its kin; the target is then as it was.
  public func write(to path: String) throws(ModelFileError) {
    try AtomicFile.write(to: path) { writer throws(ModelFileError) in
      try writer.append(header())
      for tensor in tensors {
        try writer.append(tensor.bytes)
        try writer.append(Self.zeros(Self.padding(after: tensor.bytes.count)))
      }
    }
  }

  private static func padding(after count: Int) -> Int {
    (alignment - count % alignment) % alignment
  }

  private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
}

/// A growing little-endian buffer.
struct ByteBuffer {
  var bytes: [UInt8] = []

  mutating func integer<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func string(_ text: String) {
    integer(UInt64(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }
}

/// One tensor of a safetensors file.
///
/// A tensor keeps the bytes of its file alive; reading it after the `SafetensorsFile` is gone is safe.
public struct SafetensorsTensor: Sendable {
  /// The name.
  public let name: String
  /// The type of the elements.
  public let type: SafetensorsType
  /// The extents; the last one is contiguous. Empty for a scalar.
  public let shape: [Int]
  /// The data, little-endian, not necessarily aligned.
  public nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
  private let storage: FileBytes

  init(
    name: String, type: SafetensorsType, shape: [Int], bytes: UnsafeRawBufferPointer,
    storage: FileBytes
  ) {
    self.name = name
    self.type = type
    self.shape = shape
    self.bytes = bytes
    self.storage = storage
  }

  /// The number of elements.
  public var elementCount: Int { bytes.count / type.size }

  /// The elements as Float32, from any of the floating-point types.
  ///
  /// - Throws: `ModelFileError.wrongTensor` for other types.
  public func floats() throws(ModelFileError) -> [Float] {
    switch type {
    case .float32: elements(UInt32.self) { Float(bitPattern: $0) }
    case .float16: elements(UInt16.self) { Float(Float16(bitPattern: $0)) }
    case .bfloat16: elements(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case .float64: elements(UInt64.self) { Float(Double(bitPattern: $0)) }
    default: throw wrongType("F32, F16, BF16 or F64")
    }
  }

  /// The elements as Float64, from any of the floating-point types.
  ///
  /// - Throws: `ModelFileError.wrongTensor` for other types.
  public func doubles() throws(ModelFileError) -> [Double] {
    if type == .float64 { return elements(UInt64.self) { Double(bitPattern: $0) } }
    return try floats().map { Double($0) }
  }

  /// The elements as 64-bit integers, from any integer type whose values all fit.
  ///
  /// - Throws: `ModelFileError.wrongTensor` for other types and for `U64` beyond `Int64`.
  public func int64s() throws(ModelFileError) -> [Int64] {
    switch type {
    case .int64: return elements(Int64.self) { $0 }
    case .int32: return elements(Int32.self) { Int64($0) }
    case .int16: return elements(Int16.self) { Int64($0) }
    case .int8: return elements(Int8.self) { Int64($0) }
    case .uint32: return elements(UInt32.self) { Int64($0) }
    case .uint16: return elements(UInt16.self) { Int64($0) }
    case .uint8, .bool: return elements(UInt8.self) { Int64($0) }
    case .uint64:
      let values = elements(UInt64.self) { $0 }
      guard values.allSatisfy({ $0 <= UInt64(Int64.max) }) else {
        throw wrongType("values of at most 63 bits")
      }
      return values.map { Int64($0) }
    case .float64, .float32, .float16, .bfloat16: throw wrongType("an integer type")
    }
  }

  /// The elements as 32-bit integers, from any integer type whose values all fit.
  ///
  /// - Throws: `ModelFileError.wrongTensor` for other types and for values beyond 32 bits.
  public func int32s() throws(ModelFileError) -> [Int32] {
    if type == .int32 { return elements(Int32.self) { $0 } }
    let values = try int64s()
    guard values.allSatisfy({ Int32(exactly: $0) != nil }) else {
      throw wrongType("values of at most 32 bits")
    }
    return values.map { Int32($0) }
  }

  /// The bytes of a `U8` tensor.
  ///
  /// - Throws: `ModelFileError.wrongTensor` for other types.
  public func uint8s() throws(ModelFileError) -> [UInt8] {
    guard type == .uint8 else { throw wrongType("U8") }
    return Array(bytes)
  }

  private func elements<Raw: FixedWidthInteger, Element>(
    _ raw: Raw.Type, _ convert: (Raw) -> Element
  ) -> [Element] {
    let count = bytes.count / MemoryLayout<Raw>.size
    return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      for index in 0..<count {
        let value = bytes.loadUnaligned(
          fromByteOffset: index * MemoryLayout<Raw>.size, as: Raw.self)
        buffer.initializeElement(at: index, to: convert(Raw(littleEndian: value)))
      }
      initialized = count
    }
  }

  private func wrongType(_ expected: String) -> ModelFileError {
    .wrongTensor(
      path: storage.path, name: name, found: "\(type.rawValue) \(shape)", expected: expected)
  }
}

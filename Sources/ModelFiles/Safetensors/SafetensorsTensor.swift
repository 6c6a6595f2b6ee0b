public import Foundation

/// The element types of the safetensors format.
public enum SafetensorsType: String, Sendable, CaseIterable {
  case f64 = "F64"
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  case i64 = "I64"
  case i32 = "I32"
  case i16 = "I16"
  case i8 = "I8"
  case u64 = "U64"
  case u32 = "U32"
  case u16 = "U16"
  case u8 = "U8"
  case bool = "BOOL"

  /// Bytes of one element.
  public var size: Int {
    switch self {
    case .f64, .i64, .u64: 8
    case .f32, .i32, .u32: 4
    case .f16, .bf16, .i16, .u16: 2
    case .i8, .u8, .bool: 1
    }
  }
}

/// One tensor of a safetensors file.
public struct SafetensorsTensor: Sendable {
  /// The name.
  public let name: String
  /// The element type.
  public let type: SafetensorsType
  /// The extents, slowest first.
  public let shape: [Int]
  /// The bytes, little-endian, in row-major order: a slice of the file's, not copied.
  public let data: Data
  let path: String

  /// A copy of the bytes.
  public var bytes: [UInt8] { [UInt8](data) }

  /// The number of elements.
  public var count: Int { data.count / type.size }

  /// Whether no value of an F32, F16 or BF16 tensor is infinite or not a number; true for other types.
  public var isFinite: Bool {
    switch type {
    case .f32: holds(UInt32.self) { $0 & 0x7f80_0000 != 0x7f80_0000 }
    case .f16: holds(UInt16.self) { $0 & 0x7c00 != 0x7c00 }
    case .bf16: holds(UInt16.self) { $0 & 0x7f80 != 0x7f80 }
    default: true
    }
  }

  /// Whether every element's bits satisfy a condition; nothing is copied.
  private func holds<T: FixedWidthInteger>(_: T.Type, _ condition: (T) -> Bool) -> Bool {
    data.withUnsafeBytes { raw in
      for index in 0..<count {
        let bits = raw.loadUnaligned(fromByteOffset: index * MemoryLayout<T>.size, as: T.self)
        if !condition(T(littleEndian: bits)) { return false }
      }
      return true
    }
  }

  /// The values as Float32; from F32, F16 and BF16.
  ///
  /// - Throws: `ModelFileError.wrongTensor` for other types.
  public func floats() throws(ModelFileError) -> [Float] {
    switch type {
    case .f32: return elements(UInt32.self).map { Float(bitPattern: $0) }
    case .f16: return elements(UInt16.self).map { halfToFloat($0) }
    case .bf16: return elements(UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
    default: throw wrongType("F32, F16 or BF16")
    }
  }

  /// The values of an F64 tensor.
  public func doubles() throws(ModelFileError) -> [Double] {
    guard type == .f64 else { throw wrongType("F64") }
    return elements(UInt64.self).map { Double(bitPattern: $0) }
  }

  /// The values of an I64 tensor.
  public func int64s() throws(ModelFileError) -> [Int64] {
    guard type == .i64 else { throw wrongType("I64") }
    return elements(UInt64.self).map { Int64(bitPattern: $0) }
  }

  /// The values of an I32 tensor.
  public func int32s() throws(ModelFileError) -> [Int32] {
    guard type == .i32 else { throw wrongType("I32") }
    return elements(UInt32.self).map { Int32(bitPattern: $0) }
  }

  /// The bit patterns of an F16 tensor.
  public func halves() throws(ModelFileError) -> [UInt16] {
    guard type == .f16 else { throw wrongType("F16") }
    return elements(UInt16.self)
  }

  /// The values of a U8 tensor.
  public func uint8s() throws(ModelFileError) -> [UInt8] {
    guard type == .u8 else { throw wrongType("U8") }
    return bytes
  }

  private func elements<T: FixedWidthInteger>(_: T.Type) -> [T] {
    data.withUnsafeBytes { raw in
      (0..<count).map {
        T(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self))
      }
    }
  }

  private func wrongType(_ expected: String) -> ModelFileError {
    .wrongTensor(path: path, name: name, found: "of type \(type.rawValue)", expected: expected)
  }
}

private func halfToFloat(_ bits: UInt16) -> Float {
  let sign = UInt32(bits & 0x8000) << 16
  let exponent = UInt32(bits >> 10) & 31
  let mantissa = UInt32(bits) & 1023
  if exponent == 31 { return Float(bitPattern: sign | 0x7f80_0000 | mantissa << 13) }
  if exponent > 0 { return Float(bitPattern: sign | (exponent + 112) << 23 | mantissa << 13) }
  let tiny = Float(mantissa) * 0x1p-24
  return sign == 0 ? tiny : -tiny
}

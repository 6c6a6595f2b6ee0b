import Foundation
import Tensors

/// A key in its stored form, at some address.
struct StoredKey {
  let type: NeighborKeyType
  let columns: Int
  /// [columns] as F32, F16 or I8
  let bytes: UnsafeRawPointer?
  /// The value of a code of 1; int8 only.
  let scale: Float

  /// Calls `body` with a key in stored form.
  static func encode<T>(
    _ key: UnsafePointer<Float>, columns: Int, type: NeighborKeyType, _ body: (StoredKey) -> T
  ) -> T {
    switch type {
    case .f32:
      return body(
        StoredKey(type: type, columns: columns, bytes: UnsafeRawPointer(key), scale: 0))
    case .f16:
      // Values beyond Float16's range become its largest value.
      let halves = LinearAlgebra.half(
        (0..<columns).map { max(-65504, min(65504, key[$0])) })
      return halves.withUnsafeBytes { raw in
        body(StoredKey(type: type, columns: columns, bytes: raw.baseAddress, scale: 0))
      }
    case .int8:
      let quantised = ByteCodes.quantise(key, columns: columns)
      return quantised.codes.withUnsafeBytes { raw in
        body(
          StoredKey(
            type: type, columns: columns, bytes: raw.baseAddress, scale: quantised.scale))
      }
    }
  }

  var rawBytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(
      start: bytes, count: KeyChunk.rowBytes(columns: columns, type: type))
  }

  /// The values, [columns].
  var floats: [Float] {
    guard let bytes else { return [] }
    switch type {
    case .f32:
      return [Float](unsafeUninitializedCapacity: columns) { buffer, count in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: rawBytes)
        count = columns
      }
    case .f16:
      return LinearAlgebra.float(
        [UInt16](unsafeUninitializedCapacity: columns) { buffer, count in
          UnsafeMutableRawBufferPointer(buffer).copyMemory(from: rawBytes)
          count = columns
        })
    case .int8:
      return (0..<columns).map {
        Float(bytes.load(fromByteOffset: $0, as: Int8.self)) * scale
      }
    }
  }

  var isFinite: Bool {
    guard scale.isFinite, scale >= 0 else { return false }
    return type == .int8 || floats.allSatisfy(\.isFinite)
  }

  func dot(_ query: UnsafePointer<Float>) -> Float {
    guard let bytes else { return 0 }
    switch type {
    case .f32:
      return LinearAlgebra.dot(
        bytes.assumingMemoryBound(to: Float.self), query, count: columns)
    case .f16:
      var result: Float = 0
      LinearAlgebra.gemv(
        half: bytes.assumingMemoryBound(to: UInt16.self), query, &result, rows: 1,
        columns: columns)
      return result
    case .int8:
      return LinearAlgebra.dot(floats, query, count: columns)
    }
  }

  /// Codes, with bounds on their distance from the key and on its length.
  var quantised: (codes: [Int8], scale: Float, residual: Float, length: Float) {
    let values = floats
    let (codes, scale): ([Int8], Float)
    if type == .int8 {
      let own = rawBytes.map { Int8(bitPattern: $0) }
      let padding = ByteCodes.steps(columns: columns) * 4 - columns
      (codes, scale) = (own + [Int8](repeating: 0, count: padding), self.scale)
    } else {
      (codes, scale) = ByteCodes.quantise(values, columns: columns)
    }
    let (residual, length) = Self.bounds(values, codes: codes, scale: scale)
    return (codes, scale, residual, length)
  }

  /// Bounds on the distance between values and codes and on the length of the values, rounded upwards.
  static func bounds(
    _ values: UnsafePointer<Float>, count: Int, codes: UnsafePointer<Int8>, scale: Float
  ) -> (residual: Float, length: Float) {
    var (difference, square): (Float, Float) = (0, 0)
    for column in 0..<count {
      let rest = values[column] - Float(codes[column]) * scale
      difference += rest * rest
      square += values[column] * values[column]
    }
    // The sums and the products are off by a few bits; a thousandth covers them by far.
    return (difference.squareRoot() * 1.001 + 1e-12, square.squareRoot() * 1.001 + 1e-12)
  }

  private static func bounds(
    _ values: [Float], codes: [Int8], scale: Float
  ) -> (residual: Float, length: Float) {
    bounds(values, count: values.count, codes: codes, scale: scale)
  }

  /// A hash of key and token.
  func hash(token: Int32) -> UInt64 {
    var state = 0x9e37_79b9_7f4a_7c15 ^ UInt64(UInt32(bitPattern: token)) ^ UInt64(scale.bitPattern)
    let raw = rawBytes
    var offset = 0
    while offset + 8 <= raw.count {
      state = Self.mix(state ^ raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    while offset < raw.count {
      state = Self.mix(state ^ UInt64(raw[offset]))
      offset += 1
    }
    return state
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    let (high, low) = (value ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(
      by: 0xe703_7ed1_a0b4_28db)
    return high ^ low
  }

  func equals(_ other: StoredKey) -> Bool {
    guard let bytes, let others = other.bytes, type == other.type else { return false }
    return scale == other.scale && memcmp(bytes, others, rawBytes.count) == 0
  }
}

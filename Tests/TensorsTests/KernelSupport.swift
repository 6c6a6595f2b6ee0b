import CKernels
import Foundation
import ModelFiles
import Tensors
import TestSupport

/// The levels this processor has, lowest first.
func levels() -> [Int32] {
  defer { mn_force_level(-1) }
  return (0...Int32(MN_AVX512_VNNI)).filter { mn_force_level($0) == $0 }
}

/// Runs `body` at every level this processor has; the level is forced on this thread only.
func atEveryLevel(_ body: (Int32) throws -> Void) rethrows {
  defer { mn_force_level(-1) }
  for level in levels() {
    mn_force_level(level)
    try body(level)
  }
}

/// The largest difference over the largest magnitude of `expected`.
func relativeDifference(_ found: [Float], _ expected: [Float]) -> Double {
  guard found.count == expected.count else { return .infinity }
  var difference = 0.0
  var magnitude = 1e-30
  for (f, e) in zip(found, expected) {
    if f.isNaN || e.isNaN { return .infinity }
    difference = max(difference, abs(Double(f) - Double(e)))
    magnitude = max(magnitude, abs(Double(e)))
  }
  return difference / magnitude
}

/// Bytes with an address that stays.
final class OwnedBytes {
  let pointer: UnsafeMutableRawBufferPointer
  init(_ bytes: [UInt8]) {
    pointer = .allocate(byteCount: bytes.count, alignment: 64)
    pointer.copyBytes(from: bytes)
  }
  deinit { pointer.deallocate() }
}

/// A weight matrix of random values with the values it really stores.
struct TestMatrix {
  let matrix: WeightMatrix
  let stored: [Float]  // [rows, columns]
  private let bytes: OwnedBytes

  init?(rows: Int, columns: Int, type: ElementType, random: inout TestRandom) {
    let values = random.normals(rows * columns)
    guard let encoded = ElementEncoding.encode(values, as: type) else { return nil }
    bytes = OwnedBytes(encoded)
    guard
      let matrix = WeightMatrix(
        rows: rows, columns: columns, type: type, bytes: UnsafeRawBufferPointer(bytes.pointer),
        owner: bytes)
    else { return nil }
    self.matrix = matrix
    stored = Self.decode(encoded, type)
  }

  /// The elements of encoded bytes, by the definition of each type.
  private static func decode(_ bytes: [UInt8], _ type: ElementType) -> [Float] {
    func half(_ at: Int) -> UInt16 { UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8 }
    switch type {
    case .f32:
      return stride(from: 0, to: bytes.count, by: 4).map {
        Float(bitPattern: UInt32(half($0)) | UInt32(half($0 + 2)) << 16)
      }
    case .f16: return stride(from: 0, to: bytes.count, by: 2).map { halfValue(half($0)) }
    case .bf16:
      return stride(from: 0, to: bytes.count, by: 2).map {
        Float(bitPattern: UInt32(half($0)) << 16)
      }
    case .q4_0, .q4_1, .q5_0, .q5_1, .iq4_NL, .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .iq3_S,
      .iq4_XS, .mxfp4:
      return BlockDefinition.decode(bytes, type)
    case .q8_0:
      return stride(from: 0, to: bytes.count, by: 34).flatMap { block in
        (0..<32).map { halfValue(half(block)) * Float(Int8(bitPattern: bytes[block + 2 + $0])) }
      }
    }
  }
}

/// The value of a Float16 bit pattern, by the definition of the format.
func halfValue(_ bits: UInt16) -> Float {
  let sign: Float = bits & 0x8000 == 0 ? 1 : -1
  let exponent = Int(bits >> 10 & 31)
  let fraction = Float(bits & 1023)
  switch exponent {
  case 0: return sign * fraction * Float(sign: .plus, exponent: -24, significand: 1)
  case 31: return fraction == 0 ? sign * .infinity : .nan
  default:
    return sign * (1024 + fraction) * Float(sign: .plus, exponent: exponent - 25, significand: 1)
  }
}

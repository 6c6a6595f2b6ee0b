package import Tensors

/// Turns Float32 values into the element types of model files.
///
/// Q8_0 follows ggml: one block is 32 values, the scale is the largest magnitude over 127, and values are rounded half
/// away from zero after division by the unrounded scale.
package enum ElementEncoding {
  /// The bytes of `values` as `type`; nil when they do not fill whole blocks.
  package static func encode(_ values: [Float], as type: ElementType) -> [UInt8]? {
    guard let size = type.byteCount(elements: values.count) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    switch type {
    case .f32:
      for value in values { append(value.bitPattern, to: &bytes) }
    case .f16:
      for value in values { append(Float16(value).bitPattern, to: &bytes) }
    case .bf16:
      for value in values { append(bfloat16(value), to: &bytes) }
    default:
      for start in stride(from: 0, to: values.count, by: type.blockSize) {
        // Values that are not finite, or beyond the range of a Float16 scale, must not trap.
        let block = values[start..<start + type.blockSize].map {
          $0.isNaN ? 0 : max(-65_504, min(65_504, $0))
        }
        append(block[...], as: type, to: &bytes)
      }
    }
    return bytes
  }

  /// One block of a quantised type.
  private static func append(
    _ block: ArraySlice<Float>, as type: ElementType, to bytes: inout [UInt8]
  ) {
    switch type {
    case .f32, .f16, .bf16: break
    case .q4_0: BlockEncoding.symmetric(block, bits: 4, to: &bytes)
    case .q4_1: BlockEncoding.withMinimum(block, bits: 4, to: &bytes)
    case .q5_0: BlockEncoding.symmetric(block, bits: 5, to: &bytes)
    case .q5_1: BlockEncoding.withMinimum(block, bits: 5, to: &bytes)
    case .iq4_NL: CodeBookEncoding.nonlinear(block, to: &bytes)
    case .iq4_XS: CodeBookEncoding.nonlinearParts(Array(block), to: &bytes)
    case .iq3_S: CodeBookEncoding.grid(Array(block), to: &bytes)
    case .mxfp4: CodeBookEncoding.floatingPoint(block, to: &bytes)
    case .q8_0: appendBlock(block, to: &bytes)
    case .q2_K: SuperblockEncoding.q2(Array(block), to: &bytes)
    case .q3_K: SuperblockEncoding.q3(Array(block), to: &bytes)
    case .q4_K: SuperblockEncoding.sixBitScales(Array(block), bits: 4, to: &bytes)
    case .q5_K: SuperblockEncoding.sixBitScales(Array(block), bits: 5, to: &bytes)
    case .q6_K: SuperblockEncoding.q6(Array(block), to: &bytes)
    }
  }

  /// The upper half of a Float32, rounded to nearest even; NaN stays NaN.
  package static func bfloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(bits >> 16) | 64 }
    return UInt16((bits + 0x7fff + (bits >> 16 & 1)) >> 16)
  }

  private static func appendBlock(_ values: ArraySlice<Float>, to bytes: inout [UInt8]) {
    let largest = values.reduce(0) { max($0, abs($1)) }
    let scale = largest / 127
    let inverse = scale == 0 ? 0 : 1 / scale
    append(Float16(scale).bitPattern, to: &bytes)
    for value in values {
      let rounded = (value * inverse).rounded(.toNearestOrAwayFromZero)
      bytes.append(UInt8(bitPattern: Int8(max(-127, min(127, rounded.isNaN ? 0 : rounded)))))
    }
  }

  private static func append<T: FixedWidthInteger>(_ value: T, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }
}

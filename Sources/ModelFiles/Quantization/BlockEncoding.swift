/// ggml's quantised types in blocks of 32 values (`quantize_row_*_ref`): a Float16 scale, for some a minimum, and four or
/// five bits a value, of which the first half of the block has the lower halves of the bytes.
enum BlockEncoding {
  /// Scale only: the value of largest magnitude becomes the lowest code.
  static func symmetric(_ values: ArraySlice<Float>, bits: Int, to bytes: inout [UInt8]) {
    let offset = 1 << (bits - 1)
    let extreme = values.max { abs($0) < abs($1) } ?? 0
    let scale = extreme / -Float(offset)
    let inverse = scale == 0 ? 0 : 1 / scale
    let codes = values.map { value in
      UInt8(
        max(0, min(Float(2 * offset - 1), (value * inverse + Float(offset) + 0.5).rounded(.down))))
    }
    bytes.append(half: scale)
    append(codes, bits: bits, to: &bytes)
  }

  /// Scale and minimum.
  static func withMinimum(_ values: ArraySlice<Float>, bits: Int, to bytes: inout [UInt8]) {
    let (least, most) = (values.min() ?? 0, values.max() ?? 0)
    let top = Float(1 << bits - 1)
    let scale = (most - least) / top
    let inverse = scale == 0 ? 0 : 1 / scale
    let codes = values.map {
      UInt8(max(0, min(top, (($0 - least) * inverse + 0.5).rounded(.down))))
    }
    bytes.append(half: scale)
    bytes.append(half: least)
    append(codes, bits: bits, to: &bytes)
  }

  /// The fifth bits, if there are any, then the lower four.
  static func append(_ codes: [UInt8], bits: Int, to bytes: inout [UInt8]) {
    if bits == 5 {
      var high: UInt32 = 0
      for (index, code) in codes.enumerated() { high |= UInt32(code >> 4) << UInt32(index) }
      bytes.append(contentsOf: (0..<4).map { UInt8(truncatingIfNeeded: high >> ($0 * 8)) })
    }
    for index in 0..<16 { bytes.append(codes[index] & 15 | codes[index + 16] << 4) }
  }
}

extension [UInt8] {
  /// Appends a value as Float16.
  mutating func append(half value: Float) {
    let bits = Float16(value).bitPattern
    append(UInt8(truncatingIfNeeded: bits))
    append(UInt8(bits >> 8))
  }
}

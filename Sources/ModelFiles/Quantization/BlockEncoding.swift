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

  /// Sixteen levels that are denser around zero (IQ4_NL), with the scale that minimises the error weighted by the
  /// squared values.
  static func nonlinear(_ values: ArraySlice<Float>, to bytes: inout [UInt8]) {
    let extreme = values.max { abs($0) < abs($1) } ?? 0
    var best: (quality: Float, scale: Float) = (0, 0)
    if extreme != 0 {
      for step in -7...7 {
        let inverse = (Float(levels[0]) + Float(step)) / extreme
        var (product, square) = (Float(0), Float(0))
        for value in values {
          let level = Float(levels[Int(nearest(value * inverse))])
          let weight = value * value
          product += weight * level * value
          square += weight * level * level
        }
        guard square > 0, product * product > best.quality * square else { continue }
        best = (product * product / square, product / square)
      }
    }
    let inverse = best.scale == 0 ? 0 : 1 / best.scale
    bytes.append(half: best.scale)
    append(values.map { nearest($0 * inverse) }, bits: 4, to: &bytes)
  }

  /// The levels of IQ4_NL.
  static let levels: [Int8] = [
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
  ]

  private static func nearest(_ value: Float) -> UInt8 {
    var best = 0
    for index in 1..<levels.count
    where abs(Float(levels[index]) - value) < abs(Float(levels[best]) - value) {
      best = index
    }
    return UInt8(best)
  }

  /// The fifth bits, if there are any, then the lower four.
  private static func append(_ codes: [UInt8], bits: Int, to bytes: inout [UInt8]) {
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

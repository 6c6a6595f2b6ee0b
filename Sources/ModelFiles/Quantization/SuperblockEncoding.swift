/// ggml's K types: superblocks of 256 values in parts of 16 or 32, each with a scale (and a minimum) of a few bits, which
/// Float16s of the superblock scale in turn. Parts are fitted as `quantize_row_q*_K_ref` fits them, by least squares over a few
/// candidates.
enum SuperblockEncoding {
  /// Q4_K and Q5_K: eight parts of 32, scales and minima of six bits.
  static func sixBitScales(_ values: [Float], bits: Int, to bytes: inout [UInt8]) {
    let top = Float(1 << bits - 1)
    let parts = (0..<8).map {
      PartFit.withMinimum(Array(values[$0 * 32..<($0 + 1) * 32]), top: top)
    }
    let (scale, scales) = integers(parts.map(\.scale), most: 63)
    let (minimum, minima) = integers(parts.map(\.minimum), most: 63)
    bytes.append(half: scale)
    bytes.append(half: minimum)
    var packed = [UInt8](repeating: 0, count: 12)
    for part in 0..<8 {
      if part < 4 {
        packed[part] |= scales[part]
        packed[part + 4] |= minima[part]
      } else {
        packed[part + 4] = scales[part] & 15 | minima[part] << 4
        packed[part - 4] |= (scales[part] >> 4) << 6
        packed[part] |= (minima[part] >> 4) << 6
      }
    }
    bytes += packed
    let codes = codes(
      values, size: 32, scales: scales, scale: scale, minima: minima, minimum: minimum, top: top)
    if bits == 5 {
      bytes += (0..<32).map { index in
        (0..<8).reduce(UInt8(0)) { $0 | (codes[$1 * 32 + index] >> 4) << UInt8($1) }
      }
    }
    for pair in 0..<4 {
      for index in 0..<32 {
        bytes.append(codes[pair * 64 + index] & 15 | (codes[pair * 64 + 32 + index] & 15) << 4)
      }
    }
  }

  /// Q2_K: sixteen parts of 16, scales and minima of four bits.
  static func q2(_ values: [Float], to bytes: inout [UInt8]) {
    let parts = (0..<16).map {
      PartFit.withMinimum(Array(values[$0 * 16..<($0 + 1) * 16]), top: 3, first: -0.5)
    }
    let (scale, scales) = integers(parts.map(\.scale), most: 15)
    let (minimum, minima) = integers(parts.map(\.minimum), most: 15)
    bytes += zip(scales, minima).map { $0 | $1 << 4 }
    let codes = codes(
      values, size: 16, scales: scales, scale: scale, minima: minima, minimum: minimum, top: 3)
    appendPairs(codes, to: &bytes)
    bytes.append(half: scale)
    bytes.append(half: minimum)
  }

  /// Q3_K: sixteen parts of 16, signed scales of six bits, the third bits of the values apart.
  static func q3(_ values: [Float], to bytes: inout [UInt8]) {
    let (unit, whole, codes) = signedParts(values, half: 4, most: 32)
    for index in 0..<32 {
      bytes.append((0..<8).reduce(UInt8(0)) { $0 | (codes[$1 * 32 + index] >> 2) << UInt8($1) })
    }
    appendPairs(codes.map { $0 & 3 }, to: &bytes)
    let shifted = whole.map { UInt8($0 + 32) }
    var packed = [UInt8](repeating: 0, count: 12)
    for part in 0..<16 {
      packed[part % 8] |= part < 8 ? shifted[part] & 15 : (shifted[part] & 15) << 4
      packed[8 + part % 4] |= (shifted[part] >> 4) << UInt8(part / 4 * 2)
    }
    bytes += packed
    bytes.append(half: unit)
  }

  /// Q6_K: sixteen parts of 16, signed scales of eight bits.
  static func q6(_ values: [Float], to bytes: inout [UInt8]) {
    let (unit, whole, codes) = signedParts(values, half: 32, most: 128)
    var (low, high) = ([UInt8](), [UInt8]())
    for half in 0..<2 {
      func code(_ run: Int, _ index: Int) -> UInt8 { codes[half * 128 + run * 32 + index] }
      for run in 0..<2 {
        low += (0..<32).map { code(run, $0) & 15 | (code(run + 2, $0) & 15) << 4 }
      }
      high += (0..<32).map { index in
        (0..<4).reduce(UInt8(0)) { $0 | (code($1, index) >> 4) << UInt8($1 * 2) }
      }
    }
    bytes += low + high + whole.map { UInt8(bitPattern: Int8($0)) }
    bytes.append(half: unit)
  }

  /// Encodes non-negative numbers as small integers times a unit, which is rounded to its stored form.
  private static func integers(_ values: [Float], most: Float) -> (unit: Float, codes: [UInt8]) {
    let largest = values.max() ?? 0
    let inverse = largest > 0 ? most / largest : 0
    return (
      Float(Float16(largest / most)),
      values.map { UInt8(max(0, min(most, ($0 * inverse).rounded(.toNearestOrEven)))) }
    )
  }

  private static func codes(
    _ values: [Float], size: Int, scales: [UInt8], scale: Float, minima: [UInt8], minimum: Float,
    top: Float
  ) -> [UInt8] {
    values.indices.map { index in
      let part = index / size
      let step = scale * Float(scales[part])
      guard step > 0 else { return 0 }
      let level = ((values[index] + minimum * Float(minima[part])) / step).rounded(.toNearestOrEven)
      return UInt8(max(0, min(top, level)))
    }
  }

  /// Sixteen parts of 16 with a signed scale each: the unit of the scales, the scales in -most..<most, and the values'
  /// codes from 0 on.
  private static func signedParts(
    _ values: [Float], half: Float, most: Float
  ) -> (unit: Float, scales: [Float], codes: [UInt8]) {
    let fitted = (0..<16).map {
      PartFit.symmetric(Array(values[$0 * 16..<($0 + 1) * 16]), half: half)
    }
    let extreme = fitted.max { abs($0) < abs($1) } ?? 0
    let inverse = extreme == 0 ? 0 : -most / extreme
    let scales = fitted.map { max(-most, min(most - 1, ($0 * inverse).rounded(.toNearestOrEven))) }
    let unit = Float(Float16(inverse == 0 ? 0 : 1 / inverse))
    let codes = values.indices.map { index -> UInt8 in
      let step = scales[index / 16] * unit
      guard step != 0 else { return UInt8(half) }
      let level = (values[index] / step).rounded(.toNearestOrEven)
      return UInt8(max(-half, min(half - 1, level)) + half)
    }
    return (unit, scales, codes)
  }

  /// Two bits a value: four runs of 32 in 32 bytes, for each half of the superblock.
  private static func appendPairs(_ codes: [UInt8], to bytes: inout [UInt8]) {
    for half in 0..<2 {
      for index in 0..<32 {
        bytes.append(
          (0..<4).reduce(UInt8(0)) { $0 | codes[half * 128 + $1 * 32 + index] << UInt8($1 * 2) })
      }
    }
  }
}

/// The scale of a few values by weighted least squares over some candidates.
enum PartFit {
  /// Scale s and minimum m >= 0 so that values are near s q - m with q in 0...top.
  ///
  /// - Parameter first: how much lower than `top` the first candidate's highest code is.
  static func withMinimum(
    _ values: [Float], top: Float, first: Float = -1
  ) -> (scale: Float, minimum: Float) {
    let count = Float(values.count)
    let spread = (values.reduce(0) { $0 + $1 * $1 } / count).squareRoot()
    let weights = values.map { spread + abs($0) }
    let least = min(0, values.min() ?? 0)
    let most = values.max() ?? 0
    guard most > least else { return (0, -least) }
    var best: (error: Float, scale: Float, minimum: Float) = (.infinity, 0, 0)
    func judge(_ scale: Float, _ minimum: Float) {
      var error: Float = 0
      for (value, weight) in zip(values, weights) {
        let level = max(0, min(top, ((value - minimum) / scale).rounded(.toNearestOrEven)))
        let off = scale * level + minimum - value
        error += weight * off * off
      }
      if error < best.error { best = (error, scale, minimum) }
    }
    judge((most - least) / top, least)
    for step in 0...20 {
      let inverse = (first + 0.1 * Float(step) + top) / (most - least)
      var (w, l, l2, x, xl) = (Float(0), Float(0), Float(0), Float(0), Float(0))
      for (value, weight) in zip(values, weights) {
        let level = max(0, min(top, (inverse * (value - least)).rounded(.toNearestOrEven)))
        w += weight
        l += weight * level
        l2 += weight * level * level
        x += weight * value
        xl += weight * value * level
      }
      let determinant = w * l2 - l * l
      guard determinant > 0 else { continue }
      var scale = (w * xl - x * l) / determinant
      var minimum = (l2 * x - l * xl) / determinant
      if minimum > 0 {
        minimum = 0
        scale = xl / l2
      }
      guard scale > 0 else { continue }
      judge(scale, minimum)
    }
    return (best.scale, -best.minimum)
  }

  /// A scale s of either sign so that values are near s q with q in -half..<half.
  static func symmetric(_ values: [Float], half: Float) -> Float {
    let extreme = values.max { abs($0) < abs($1) } ?? 0
    guard abs(extreme) > 1e-30 else { return 0 }
    var best: (quality: Float, scale: Float) = (0, 0)
    for step in -9...9 {
      let inverse = -(half + 0.1 * Float(step)) / extreme
      var (product, square) = (Float(0), Float(0))
      for value in values {
        let level = max(-half, min(half - 1, (inverse * value).rounded(.toNearestOrEven)))
        let weight = value * value
        product += weight * value * level
        square += weight * level * level
      }
      guard square > 0, product * product > best.quality * square else { continue }
      best = (product * product / square, product / square)
    }
    return best.scale
  }
}

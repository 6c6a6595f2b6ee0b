import Tensors

/// ggml's types whose codes stand for entries of a table.
enum CodeBookEncoding {
  /// IQ4_NL: blocks of 32 values of sixteen levels that are denser around zero.
  static func nonlinear(_ values: ArraySlice<Float>, to bytes: inout [UInt8]) {
    let scale = nonlinearScale(values)
    let inverse = scale == 0 ? 0 : 1 / scale
    bytes.append(half: scale)
    BlockEncoding.append(values.map { nearest($0 * inverse, nonlinearLevels) }, bits: 4, to: &bytes)
  }

  /// IQ4_XS: the same levels in superblocks, whose eight parts have scales of six bits.
  static func nonlinearParts(_ values: [Float], to bytes: inout [UInt8]) {
    let parts = (0..<8).map { values[$0 * 32..<($0 + 1) * 32] }
    let fitted = parts.map(nonlinearScale)
    let extreme = fitted.max { abs($0) < abs($1) } ?? 0
    let unit = -extreme / 32
    let inverse = unit == 0 ? 0 : 1 / unit
    let scales = fitted.map { max(-32, min(31, ($0 * inverse).rounded(.toNearestOrEven))) }
    let whole = scales.map { UInt8($0 + 32) }
    bytes.append(half: unit)
    for half in 0..<2 {
      var high: UInt8 = 0
      for part in 0..<4 { high |= (whole[half * 4 + part] >> 4) << UInt8(2 * part) }
      bytes.append(high)
    }
    appendPairs(whole.map { $0 & 15 }, to: &bytes)
    for (part, scale) in zip(parts, scales) {
      let step = unit * scale
      let inverse = step == 0 ? 0 : 1 / step
      BlockEncoding.append(part.map { nearest($0 * inverse, nonlinearLevels) }, bits: 4, to: &bytes)
    }
  }

  /// MXFP4: blocks of 32 values with a power of two as scale, the largest for which the value of largest magnitude is 4 or more
  /// (of 6, the largest level).
  static func floatingPoint(_ values: ArraySlice<Float>, to bytes: inout [UInt8]) {
    let largest = values.reduce(0) { max($0, abs($1)) }
    // Numbers that are no normal ones count as zeros: they are far below what a model holds.
    let exponent = largest.isNormal ? max(2, Int(largest.exponent) - 2 + 127) : 0
    // The levels are doubled, so that they are whole.
    let scale = Float(sign: .plus, exponent: exponent - 128, significand: 1)
    bytes.append(UInt8(exponent))
    BlockEncoding.append(
      values.map { exponent == 0 ? 0 : nearest($0 / scale, floatingPointLevels) }, bits: 4,
      to: &bytes)
  }

  /// IQ3_S: superblocks of 256 values. Signs are stored apart; the magnitudes of four values are a point of a grid, whose
  /// coordinates are odd numbers up to 15. Eight parts have scales of four bits.
  static func grid(_ values: [Float], to bytes: inout [UInt8]) {
    let parts = (0..<8).map { Array(values[$0 * 32..<($0 + 1) * 32]) }
    let fitted = parts.map(Grid.scale)
    // Scales are odd numbers, too: 1 to 31.
    let unit = (fitted.max() ?? 0) / 31
    let inverse = unit == 0 ? 0 : 1 / unit
    let codes = fitted.map {
      UInt8(max(0, min(15, (($0 * inverse - 1) / 2).rounded(.toNearestOrEven))))
    }
    let points = zip(parts, codes).flatMap { Grid.points($0, scale: unit * Float(1 + 2 * $1)) }
    bytes.append(half: unit)
    bytes += points.map { UInt8($0 & 255) }
    appendBits(points.map { $0 > 255 }, to: &bytes)
    appendBits(values.map { $0 < 0 }, to: &bytes)
    appendPairs(codes, to: &bytes)
  }

  /// The levels of IQ4_NL and IQ4_XS.
  private static let nonlinearLevels: [Int8] = [
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
  ]
  /// The levels of MXFP4, doubled.
  private static let floatingPointLevels: [Int8] = [
    0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12,
  ]

  /// Two codes of four bits a byte.
  private static func appendPairs(_ codes: [UInt8], to bytes: inout [UInt8]) {
    for index in stride(from: 0, to: codes.count, by: 2) {
      bytes.append(codes[index] | codes[index + 1] << 4)
    }
  }

  /// Eight bits a byte.
  private static func appendBits(_ bits: [Bool], to bytes: inout [UInt8]) {
    for start in stride(from: 0, to: bits.count, by: 8) {
      var byte: UInt8 = 0
      for place in 0..<8 where bits[start + place] { byte |= 1 << UInt8(place) }
      bytes.append(byte)
    }
  }

  private static func nearest(_ value: Float, _ levels: [Int8]) -> UInt8 {
    var best = 0
    for index in 1..<levels.count
    where abs(Float(levels[index]) - value) < abs(Float(levels[best]) - value) {
      best = index
    }
    return UInt8(best)
  }

  /// The scale of nonlinear levels that minimises the error weighted by the squared values.
  private static func nonlinearScale(_ values: ArraySlice<Float>) -> Float {
    let extreme = values.max { abs($0) < abs($1) } ?? 0
    guard extreme != 0 else { return 0 }
    var best: (quality: Float, scale: Float) = (0, 0)
    for step in -7...7 {
      let inverse = (Float(nonlinearLevels[0]) + Float(step)) / extreme
      var (product, square) = (Float(0), Float(0))
      for value in values {
        let level = Float(nonlinearLevels[Int(nearest(value * inverse, nonlinearLevels))])
        let weight = value * value
        product += weight * level * value
        square += weight * level * level
      }
      guard square > 0, product * product > best.quality * square else { continue }
      best = (product * product / square, product / square)
    }
    return best.scale
  }
}

/// The grid of IQ3_S: four magnitudes a point, of which each is one of eight odd numbers.
private enum Grid {
  /// The coordinates of each point.
  private static let coordinates: [[Float]] = CodeBook.iq3S.map { magnitudes(Int($0)) }

  /// The nearest point of each combination of four magnitudes, the first of those as near.
  private static let nearest: [UInt16] = (0..<4096).map { combination in
    let wanted = magnitudes(combination)
    var best: (index: UInt16, distance: Float) = (0, .infinity)
    for (index, point) in coordinates.enumerated() {
      var distance: Float = 0
      for (one, other) in zip(point, wanted) { distance += (one - other) * (one - other) }
      if distance < best.distance { best = (UInt16(index), distance) }
    }
    return best.index
  }

  /// Four magnitudes from three bits each, the first uppermost.
  private static func magnitudes(_ places: Int) -> [Float] {
    [9, 6, 3, 0].map { (shift: Int) in Float(2 * (places >> shift & 7) + 1) }
  }

  /// The points nearest to some values over a scale.
  static func points(_ values: [Float], scale: Float) -> [UInt16] {
    let inverse = scale == 0 ? 0 : 1 / scale
    return stride(from: 0, to: values.count, by: 4).map { start in
      var places = 0
      for value in values[start..<start + 4] {
        let place = ((abs(value) * inverse - 1) / 2).rounded(.toNearestOrEven)
        places = places << 3 | Int(max(0, min(7, place)))
      }
      return nearest[places]
    }
  }

  /// A scale of a part by least squares, weighted by the squared values, over some candidates.
  static func scale(_ values: [Float]) -> Float {
    let largest = values.reduce(0) { max($0, abs($1)) }
    guard largest > 1e-30 else { return 0 }
    var best: (quality: Float, scale: Float) = (0, 0)
    for step in -9...9 {
      let points = points(values, scale: largest / (15 + 0.4 * Float(step)))
      var (product, square) = (Float(0), Float(0))
      for (index, value) in values.enumerated() {
        let level = coordinates[Int(points[index / 4])][index % 4]
        let weight = value * value
        product += weight * level * abs(value)
        square += weight * level * level
      }
      guard square > 0, product * product > best.quality * square else { continue }
      best = (product * product / square, product / square)
    }
    return best.scale
  }
}

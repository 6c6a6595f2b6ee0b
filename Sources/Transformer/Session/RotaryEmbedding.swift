import Foundation

/// Rotary position embedding (arXiv 2104.09864) in llama.cpp's layout for Llama: neighbouring values form the pairs.
final class RotaryEmbedding {
  let headDimension: Int
  let half: Int  // rotated pairs per head
  private var cosines: [Float] = []  // [positions, half]
  private var sines: [Float] = []  // [positions, half]
  private var positions = 0
  private let frequencies: [Double]  // [half]
  private let magnitude: Double

  init(configuration: TransformerConfiguration) {
    headDimension = configuration.headDimension
    half = configuration.ropeDimension / 2
    let (dimension, base) = (configuration.ropeDimension, configuration.ropeBase)
    frequencies =
      configuration.ropeScaling?.frequencies(dimension: dimension, base: base)
      ?? RopeScaling.unscaled(dimension: dimension, base: base)
    magnitude = Double(configuration.ropeScaling?.magnitude ?? 1)
  }

  /// Extends the tables to at least `count` positions.
  func reserve(_ count: Int) {
    guard count > positions else { return }
    for position in positions..<max(count, 2 * positions) {
      for frequency in frequencies {
        let angle = Double(position) * frequency
        cosines.append(Float(magnitude * cos(angle)))
        sines.append(Float(magnitude * sin(angle)))
      }
      positions += 1
    }
  }

  /// Rotates one row of `heads` heads to a position within the tables.
  func rotate(_ x: UnsafeMutablePointer<Float>, heads: Int, position: Int) {
    cosines.withUnsafeBufferPointer { cosines in
      sines.withUnsafeBufferPointer { sines in
        for head in 0..<heads {
          let start = x + head * headDimension
          for pair in 0..<half {
            let (c, s) = (cosines[position * half + pair], sines[position * half + pair])
            let (a, b) = (start[2 * pair], start[2 * pair + 1])
            start[2 * pair] = a * c - b * s
            start[2 * pair + 1] = a * s + b * c
          }
        }
      }
    }
  }

  /// Rotates one row to any position, inside the tables or not.
  func rotateAnywhere(_ x: UnsafeMutablePointer<Float>, heads: Int, position: Int) {
    for head in 0..<heads {
      let start = x + head * headDimension
      for pair in 0..<half {
        let angle = Double(position) * frequencies[pair]
        let (c, s) = (Float(magnitude * cos(angle)), Float(magnitude * sin(angle)))
        let (a, b) = (start[2 * pair], start[2 * pair + 1])
        start[2 * pair] = a * c - b * s
        start[2 * pair + 1] = a * s + b * c
      }
    }
  }
}

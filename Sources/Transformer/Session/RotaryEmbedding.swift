import Foundation

/// Rotary position embedding (arXiv 2104.09864) in llama.cpp's layout for Llama: neighbouring values form the pairs.
final class RotaryEmbedding {
  let headDimension: Int
  let half: Int  // rotated pairs per head
  private var cosines: [Float] = []  // [positions, half]
  private var sines: [Float] = []  // [positions, half]
  private var positions = 0
  private let frequencies: [Double]  // [half]

  init(configuration: TransformerConfiguration) {
    headDimension = configuration.headDimension
    half = configuration.ropeDimension / 2
    let dimension = Double(max(1, configuration.ropeDimension))
    let base = Double(configuration.ropeBase)
    frequencies = (0..<half).map { pow(base, -2 * Double($0) / dimension) }
  }

  /// Extends the tables to at least `count` positions.
  func reserve(_ count: Int) {
    guard count > positions else { return }
    for position in positions..<max(count, 2 * positions) {
      for frequency in frequencies {
        let angle = Double(position) * frequency
        cosines.append(Float(cos(angle)))
        sines.append(Float(sin(angle)))
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
        let (c, s) = (Float(cos(angle)), Float(sin(angle)))
        let (a, b) = (start[2 * pair], start[2 * pair + 1])
        start[2 * pair] = a * c - b * s
        start[2 * pair + 1] = a * s + b * c
      }
    }
  }
}

import Foundation

/// Rotary position embedding (arXiv 2104.09864) in llama.cpp's layout for Llama: neighbouring values form the pairs.
struct RotaryEmbedding {
  let headDimension: Int
  let half: Int  // rotated pairs per head
  private let cosines: [Float]  // [positions, half]
  private let sines: [Float]  // [positions, half]
  private let frequencies: [Double]  // [half]

  init(configuration: TransformerConfiguration, positions: Int) {
    headDimension = configuration.headDimension
    half = configuration.ropeDimension / 2
    let dimension = Double(max(1, configuration.ropeDimension))
    let base = Double(configuration.ropeBase)
    let frequencies = (0..<half).map { pow(base, -2 * Double($0) / dimension) }
    self.frequencies = frequencies
    var cosines = [Float](repeating: 0, count: positions * half)
    var sines = cosines
    for position in 0..<positions {
      for pair in 0..<half {
        let angle = Double(position) * frequencies[pair]
        cosines[position * half + pair] = Float(cos(angle))
        sines[position * half + pair] = Float(sin(angle))
      }
    }
    self.cosines = cosines
    self.sines = sines
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

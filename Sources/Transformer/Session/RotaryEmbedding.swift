import Foundation

/// Rotary position embedding (arXiv 2104.09864) for the queries and keys of some blocks.
final class RotaryEmbedding {
  let headDimension: Int
  let half: Int  // rotated pairs per head
  private var cosines: [Float] = []  // [positions, half]
  private var sines: [Float] = []  // [positions, half]
  private var positions = 0
  private let frequencies: [Double]  // [half]
  private let magnitude: Double
  /// The distance of the two values of a pair, and that of the first values of neighbouring pairs.
  private let (distance, step): (Int, Int)

  /// The rotation of a model's blocks.
  ///
  /// - Parameters:
  ///   - context: the most tokens there will be.
  ///   - isLocal: whether the blocks with a window are meant; they may have frequencies of their own.
  init(configuration: TransformerConfiguration, context: Int, isLocal: Bool) {
    let layout = configuration.traits?.rope ?? .pairs
    let dimension = layout == .none ? 0 : configuration.ropeDimension
    headDimension = configuration.headDimension
    half = dimension / 2
    (distance, step) = layout == .halves ? (half, 1) : (1, 2)
    if isLocal, let base = configuration.traits?.window?.ropeBase {
      frequencies = RopeScaling.unscaled(dimension: dimension, base: base)
      magnitude = 1
    } else {
      let base = configuration.ropeBase
      frequencies =
        configuration.ropeScaling?.frequencies(dimension: dimension, base: base, context: context)
        ?? RopeScaling.unscaled(dimension: dimension, base: base)
      magnitude = Double(configuration.ropeScaling?.magnitude ?? 1)
    }
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
  ///
  /// - Parameter isBack: the transpose of the rotation: from the gradient of a rotated row to that of the row.
  func rotate(
    _ x: UnsafeMutablePointer<Float>, heads: Int, position: Int, isBack: Bool = false
  ) {
    let direction: Float = isBack ? -1 : 1
    cosines.withUnsafeBufferPointer { cosines in
      sines.withUnsafeBufferPointer { sines in
        for head in 0..<heads {
          let start = x + head * headDimension
          for pair in 0..<half {
            turn(
              start + step * pair, cosines[position * half + pair],
              direction * sines[position * half + pair])
          }
        }
      }
    }
  }

  /// Rotates one row to any position, inside the tables or not.
  ///
  /// - Parameter isBack: the transpose of the rotation, as above.
  func rotateAnywhere(
    _ x: UnsafeMutablePointer<Float>, heads: Int, position: Int, isBack: Bool = false
  ) {
    let direction: Double = isBack ? -1 : 1
    for head in 0..<heads {
      let start = x + head * headDimension
      for pair in 0..<half {
        let angle = Double(position) * frequencies[pair]
        turn(
          start + step * pair, Float(magnitude * cos(angle)),
          Float(direction * magnitude * sin(angle)))
      }
    }
  }

  /// Turns one row of one head, rotated before, by some more positions; its length stays.
  func turn(_ x: UnsafeMutablePointer<Float>, by positions: Int) {
    for pair in 0..<half {
      let angle = Double(positions) * frequencies[pair]
      turn(x + step * pair, Float(cos(angle)), Float(sin(angle)))
    }
  }

  /// Turns the pair that begins at `x`.
  @inline(__always)
  private func turn(_ x: UnsafeMutablePointer<Float>, _ c: Float, _ s: Float) {
    let (a, b) = (x[0], x[distance])
    x[0] = a * c - b * s
    x[distance] = a * s + b * c
  }
}

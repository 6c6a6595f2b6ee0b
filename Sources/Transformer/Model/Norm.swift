import Tensors

/// RMSNorm, or LayerNorm where there is a bias.
struct Norm: Sendable {
  let weight: [Float]  // [columns]
  let bias: [Float]?  // [columns]
  let epsilon: Float

  /// Normalises rows; `y` may be `x`.
  ///
  /// - Parameters:
  ///   - x: [rows, columns].
  ///   - y: the result, [rows, columns].
  func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, rows: Int) {
    let columns = weight.count
    weight.withUnsafeBufferPointer { weight in
      guard let weight = weight.baseAddress else { return }
      guard let bias else {
        for row in 0..<rows {
          LinearAlgebra.rmsNorm(
            x + row * columns, weight: weight, into: y + row * columns, count: columns,
            epsilon: epsilon)
        }
        return
      }
      bias.withUnsafeBufferPointer { bias in
        guard let bias = bias.baseAddress else { return }
        for row in 0..<rows {
          LinearAlgebra.layerNorm(
            x + row * columns, weight: weight, bias: bias, into: y + row * columns, count: columns,
            epsilon: epsilon)
        }
      }
    }
  }
}

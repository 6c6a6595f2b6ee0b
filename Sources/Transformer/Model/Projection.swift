import Tensors

/// A matrix and, in some architectures, a bias: y = x Wᵀ + b.
struct Projection: Sendable {
  let matrix: WeightMatrix  // [outputs, inputs]
  let bias: [Float]?  // [outputs]

  /// - Parameters:
  ///   - x: inputs, [count, inputs].
  ///   - y: outputs, [count, outputs].
  func apply(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int, threads: ThreadPool
  ) {
    matrix.product(x, into: y, count: count, threads: threads)
    guard let bias else { return }
    bias.withUnsafeBufferPointer { bias in
      guard let bias = bias.baseAddress else { return }
      for row in 0..<count {
        LinearAlgebra.axpy(1, bias, y + row * matrix.rows, count: matrix.rows)
      }
    }
  }
}

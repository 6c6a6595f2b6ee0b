import Tensors

/// A matrix and, in some architectures, a bias: y = x Wᵀ + b, to which fast weights may be added.
struct Projection: Sendable {
  let matrix: WeightMatrix  // [outputs, inputs]
  let bias: [Float]?  // [outputs]

  /// - Parameters:
  ///   - x: inputs, [count, inputs].
  ///   - y: outputs, [count, outputs].
  func apply(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int, threads: ThreadPool,
    updates: [LowRankUpdate]
  ) {
    matrix.product(x, into: y, count: count, threads: threads)
    for update in updates {
      precondition(
        update.inputs == matrix.columns && update.outputs == matrix.rows,
        "an update of another shape than the matrix's")
      update.add(x, to: y, count: count, threads: threads)
    }
    guard let bias else { return }
    bias.withUnsafeBufferPointer { bias in
      guard let bias = bias.baseAddress else { return }
      for row in 0..<count {
        LinearAlgebra.axpy(1, bias, y + row * matrix.rows, count: matrix.rows)
      }
    }
  }
}

import Tensors

/// A matrix and, in some architectures, a bias: y = x Wᵀ + b, to which fast weights may be added.
struct Projection: Sendable {
  let matrix: WeightMatrix  // [outputs, inputs]
  let bias: [Float]?  // [outputs]

  /// One of several projections of the same inputs.
  struct Target {
    let projection: Projection
    let output: UnsafeMutablePointer<Float>  // [count, outputs]
    let updates: [LowRankUpdate]
  }

  /// - Parameters:
  ///   - x: inputs, [count, inputs].
  ///   - y: outputs, [count, outputs].
  func apply(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int, threads: ThreadPool,
    updates: [LowRankUpdate]
  ) {
    Self.apply(
      [Target(projection: self, output: y, updates: updates)], x, count: count, threads: threads)
  }

  /// Several projections of the same inputs, [count, inputs], which share what is made of them.
  static func apply(
    _ targets: [Target], _ x: UnsafePointer<Float>, count: Int, threads: ThreadPool
  ) {
    WeightMatrix.products(
      targets.map { .init(matrix: $0.projection.matrix, output: $0.output) }, of: x, count: count,
      threads: threads)
    for target in targets { target.finish(x, count: count, threads: threads) }
  }
}

extension Projection.Target {
  /// Adds the fast weights and the bias.
  fileprivate func finish(_ x: UnsafePointer<Float>, count: Int, threads: ThreadPool) {
    let matrix = projection.matrix
    for update in updates {
      precondition(
        update.inputs == matrix.columns && update.outputs == matrix.rows,
        "an update of another shape than the matrix's")
      update.add(x, to: output, count: count, threads: threads)
    }
    guard let bias = projection.bias else { return }
    bias.withUnsafeBufferPointer { bias in
      guard let bias = bias.baseAddress else { return }
      for row in 0..<count {
        LinearAlgebra.axpy(1, bias, output + row * matrix.rows, count: matrix.rows)
      }
    }
  }
}

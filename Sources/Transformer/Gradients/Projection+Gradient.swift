import Tensors

extension Projection {
  /// Adds the gradients of the inputs and of one update's matrices.
  ///
  /// y = W x + B (A x) + b: dx = dy W + (dy B) A, dB = dy^T (x A^T), dA = (dy B)^T x, where rows are tokens. That inputs are
  /// rounded before they are multiplied with quantised weights counts as the identity.
  ///
  /// - Parameters:
  ///   - x: inputs, [count, inputs].
  ///   - dy: gradients of the outputs, [count, outputs].
  ///   - dx: gradients of the inputs, [count, inputs], added to; nil where nobody needs them.
  ///   - update: the fast weights beside the matrix, if any.
  ///   - gradient: the update's gradients, added to.
  func addGradient(
    of x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, to dx: UnsafeMutablePointer<Float>?,
    count: Int, update: LowRankUpdate?, gradient: inout LowRankGradient?, threads: ThreadPool
  ) {
    if let dx { matrix.addTransposedProduct(dy, to: dx, count: count, threads: threads) }
    guard let update else { return }
    let (rank, inputs, outputs) = (update.rank, update.inputs, update.outputs)
    // [count, rank]: x A^T and dy B
    let inner = UnsafeMutablePointer<Float>.allocate(capacity: 2 * count * rank)
    defer { inner.deallocate() }
    let back = inner + count * rank
    threads.parallel(count, minimum: 16) { rows in
      LinearAlgebra.gemm(
        m: rows.count, n: rank, k: inputs, a: x + rows.lowerBound * inputs, lda: inputs,
        b: update.down, transposeB: true, ldb: inputs, c: inner + rows.lowerBound * rank, ldc: rank)
      LinearAlgebra.gemm(
        m: rows.count, n: rank, k: outputs, a: dy + rows.lowerBound * outputs, lda: outputs,
        b: update.up, ldb: rank, c: back + rows.lowerBound * rank, ldc: rank)
      guard let dx else { return }
      LinearAlgebra.gemm(
        m: rows.count, n: inputs, k: rank, a: back + rows.lowerBound * rank, lda: rank,
        b: update.down, ldb: inputs, beta: 1, c: dx + rows.lowerBound * inputs, ldc: inputs)
    }
    guard gradient != nil else { return }
    gradient?.up.withUnsafeMutableBufferPointer { up in
      guard let up = up.baseAddress else { return }
      threads.parallel(outputs, minimum: 16) { rows in
        LinearAlgebra.gemm(
          m: rows.count, n: rank, k: count, a: dy + rows.lowerBound, transposeA: true,
          lda: outputs, b: inner, ldb: rank, beta: 1, c: up + rows.lowerBound * rank, ldc: rank)
      }
    }
    gradient?.down.withUnsafeMutableBufferPointer { down in
      guard let down = down.baseAddress else { return }
      threads.parallel(inputs, minimum: 16) { columns in
        LinearAlgebra.gemm(
          m: rank, n: columns.count, k: count, a: back, transposeA: true, lda: rank,
          b: x + columns.lowerBound, ldb: inputs, beta: 1, c: down + columns.lowerBound,
          ldc: inputs)
      }
    }
  }
}

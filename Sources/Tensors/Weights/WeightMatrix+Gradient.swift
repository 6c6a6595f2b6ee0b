extension WeightMatrix {
  /// Rows of weights that are dequantised at a time.
  private static let transposedRows = 256

  /// x += y W: what a gradient of this matrix' outputs is to its inputs.
  ///
  /// Weights count as the Float32 numbers their bytes stand for. Every result is a sum over the rows of the matrix in one
  /// order, whatever the number of inputs and threads.
  ///
  /// - Parameters:
  ///   - y: gradients of outputs, [count, rows].
  ///   - x: gradients of inputs, [count, columns], added to.
  ///   - count: the number of rows of both.
  public func addTransposedProduct(
    _ y: UnsafePointer<Float>, to x: UnsafeMutablePointer<Float>, count: Int, threads: ThreadPool
  ) {
    threads.parallel(count, minimum: 16) { range in
      let panel = UnsafeMutablePointer<Float>.allocate(capacity: Self.transposedRows * columns)
      defer { panel.deallocate() }
      for start in stride(from: 0, to: rows, by: Self.transposedRows) {
        let end = min(rows, start + Self.transposedRows)
        dequantize(rows: start..<end, into: panel)
        LinearAlgebra.gemm(
          m: range.count, n: columns, k: end - start, a: y + range.lowerBound * rows + start,
          lda: rows, b: panel, ldb: columns, beta: 1, c: x + range.lowerBound * columns,
          ldc: columns)
      }
    }
  }
}

import COpenBLAS

extension WeightMatrix {
  /// Inputs up to this many rows go through the row kernels; more are worth a matrix product.
  package static let gemvLimit = 4
  /// Rows of weights that are dequantised at a time for a matrix product; stays within the second-level cache.
  private static let panelRows = 256

  /// y = x Wᵀ, shared out over the pool by output rows, so the result does not depend on the number of threads.
  ///
  /// - Parameters:
  ///   - x: inputs, [count, columns].
  ///   - y: outputs, [count, rows].
  ///   - count: the number of input rows.
  public func product(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int, threads: ThreadPool
  ) {
    if count <= Self.gemvLimit {
      threads.parallel(rows, minimum: max(8, 16_384 / columns)) { range in
        for row in 0..<count {
          multiply(x + row * columns, into: y + row * rows, rows: range)
        }
      }
    } else {
      // Panels are the unit of work so that their bounds are the same for any number of threads.
      let panels = (rows + Self.panelRows - 1) / Self.panelRows
      threads.parallel(panels) { range in
        let scratch =
          type == .f32
          ? nil : UnsafeMutablePointer<Float>.allocate(capacity: Self.panelRows * columns)
        defer { scratch?.deallocate() }
        for panel in range {
          let start = panel * Self.panelRows
          let end = min(rows, start + Self.panelRows)
          var weights = floats(row: start)
          if let scratch {
            dequantize(rows: start..<end, into: scratch)
            weights = UnsafePointer(scratch)
          }
          guard let weights else { continue }
          // y[:, start..<end] = x [count, columns] times panel [end - start, columns] transposed
          mn_sgemm(
            0, 1, count, end - start, columns, 1, x, columns, weights, columns, 0, y + start, rows)
        }
      }
    }
  }
}

import CKernels

extension WeightMatrix {
  /// Inputs from this many rows on are worth dequantising weights into a buffer first.
  private static let panelLimit = 16
  /// Rows of weights that are dequantised at a time; they stay within the second-level cache.
  private static let panelRows = 64

  /// y = x Wᵀ, shared out over the pool by output rows.
  ///
  /// Every output is made by the same additions in the same order, whatever the number of inputs and threads: one prefill,
  /// chunks of any size, and token by token give the same bits. OpenBLAS, whose order of additions changes with the
  /// shape, is therefore not used here.
  ///
  /// With quantised and with F16 weights inputs are first rounded to blocks of bytes or to F16, as ggml does, so that such a
  /// model computes what llama.cpp computes. With BF16 they are not: that would cost a hundredth of the logits, and single
  /// values rounded the other way would still keep the two programs apart.
  ///
  /// - Parameters:
  ///   - x: inputs, [count, columns].
  ///   - y: outputs, [count, rows].
  ///   - count: the number of input rows.
  public func product(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int, threads: ThreadPool
  ) {
    guard count > 0 else { return }
    switch type {
    case .f32, .bf16:
      share(x, into: y, count: count, threads: threads)
    case .f16:
      withUnsafeTemporaryAllocation(of: Float.self, capacity: count * columns) { rounded in
        guard let inputs = rounded.baseAddress else { return }
        mn_round_f16(x, inputs, count * columns)
        share(inputs, into: y, count: count, threads: threads)
      }
    default:
      Self.products([Target(matrix: self, output: y)], of: x, count: count, threads: threads)
    }
  }

  private func share(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int, threads: ThreadPool
  ) {
    threads.parallel(rows, minimum: max(8, 16_384 / (columns * count))) { range in
      if count < Self.panelLimit {
        multiply(x, count: count, into: y, rows: range)
      } else {
        multiplyPanels(x, count: count, into: y, rows: range)
      }
    }
  }

  /// The same product by panels of rows that all inputs meet before the next: the same bits in less time. Weights that are
  /// not Float32 are dequantised, which is exact.
  private func multiplyPanels(
    _ x: UnsafePointer<Float>, count: Int, into y: UnsafeMutablePointer<Float>,
    rows range: Range<Int>
  ) {
    let panel =
      type == .f32
      ? nil : UnsafeMutablePointer<Float>.allocate(capacity: Self.panelRows * columns)
    defer { panel?.deallocate() }
    var start = range.lowerBound
    while start < range.upperBound {
      let end = min(range.upperBound, start + Self.panelRows)
      if let panel {
        dequantize(rows: start..<end, into: panel)
        mn_gemm_f32(panel, x, columns, count, y + start, rows, end - start, columns)
      } else {
        multiply(x, count: count, into: y, rows: start..<end)
      }
      start = end
    }
  }
}

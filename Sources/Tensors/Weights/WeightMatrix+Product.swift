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
    guard type != .f32, type != .bf16 else {
      share(x, into: y, count: count, threads: threads)
      return
    }
    guard !multipliesIntegers else {
      productOfIntegers(x, into: y, count: count, threads: threads)
      return
    }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: count * columns) { rounded in
      guard let inputs = rounded.baseAddress else { return }
      roundInputs(x, into: inputs, count: count * columns)
      share(inputs, into: y, count: count, threads: threads)
    }
  }

  /// The product with inputs as superblocks of bytes, whatever their number.
  private func productOfIntegers(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int, threads: ThreadPool
  ) {
    let bytes = count * columns / 256 * mn_superblock_bytes()
    withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 64) { buffer in
      guard let inputs = buffer.baseAddress else { return }
      mn_quantize_superblocks(x, inputs, count * columns)
      let shared = Inputs(inputs)
      threads.parallel(rows, minimum: max(8, 16_384 / (columns * count))) { range in
        multiply(superblocks: shared.start, count: count, into: y, rows: range)
      }
    }
  }

  /// Bytes that several threads read.
  private struct Inputs: @unchecked Sendable {
    let start: UnsafeRawPointer
    init(_ start: UnsafeMutableRawPointer) { self.start = UnsafeRawPointer(start) }
  }

  private func share(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int, threads: ThreadPool
  ) {
    threads.parallel(rows, minimum: max(8, 16_384 / (columns * count))) { range in
      if type == .f32 || hasProduct && count < Self.panelLimit {
        multiply(x, count: count, into: y, rows: range)
      } else {
        multiplyPanels(x, count: count, into: y, rows: range)
      }
    }
  }

  /// The same product by way of dequantised weights, which are exact in Float32: the same bits in less time.
  private func multiplyPanels(
    _ x: UnsafePointer<Float>, count: Int, into y: UnsafeMutablePointer<Float>,
    rows range: Range<Int>
  ) {
    let panel = UnsafeMutablePointer<Float>.allocate(capacity: Self.panelRows * columns)
    defer { panel.deallocate() }
    var start = range.lowerBound
    while start < range.upperBound {
      let end = min(range.upperBound, start + Self.panelRows)
      dequantize(rows: start..<end, into: panel)
      mn_gemm_f32(panel, x, columns, count, y + start, rows, end - start, columns)
      start = end
    }
  }
}

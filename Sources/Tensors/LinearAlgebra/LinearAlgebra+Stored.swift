import CKernels

/// Operations on rows that are stored as Float32, Float16 or Q8_0, as key/value caches are.
extension LinearAlgebra {
  /// Writes `count` values as elements of a type: F32, F16 or Q8_0, of which `count` has to be whole blocks.
  public static func encode(
    _ x: UnsafePointer<Float>, count: Int, as type: ElementType, to bytes: UnsafeMutableRawPointer
  ) {
    switch type {
    case .f32: bytes.copyMemory(from: x, byteCount: count * 4)
    case .f16: mn_quantize_f16(x, bytes.assumingMemoryBound(to: UInt16.self), count)
    case .q8_0: mn_quantize_q8_0(x, bytes, count)
    default: preconditionFailure("a type no rows are kept in")
    }
  }

  /// Reads `count` values that `encode` wrote.
  public static func decode(
    _ bytes: UnsafeRawPointer, as type: ElementType, count: Int, to x: UnsafeMutablePointer<Float>
  ) {
    switch type {
    // Bytes of a file may lie anywhere.
    case .f32: UnsafeMutableRawPointer(x).copyMemory(from: bytes, byteCount: count * 4)
    case .f16: mn_dequantize_f16(bytes.assumingMemoryBound(to: UInt16.self), x, count)
    case .q8_0: mn_dequantize_q8_0(bytes, x, count)
    default: preconditionFailure("a type no rows are kept in")
    }
  }

  /// `rowProducts` with rows of w stored as F32, F16 or Q8_0.
  public static func rowProducts(
    _ w: UnsafeRawPointer, as type: ElementType, _ x: UnsafePointer<Float>, ldx: Int, count: Int,
    into y: UnsafeMutablePointer<Float>, ldy: Int, rows: Int, columns: Int
  ) {
    switch type {
    case .f32:
      mn_gemm_f32(
        w.assumingMemoryBound(to: Float.self), x, ldx, count, y, ldy, rows, columns)
    case .f16:
      mn_gemm_f16(
        w.assumingMemoryBound(to: UInt16.self), x, ldx, count, y, ldy, rows, columns)
    case .q8_0: mn_gemm_q8_0(w, x, ldx, count, y, ldy, rows, columns)
    default: preconditionFailure("a type no rows are kept in")
    }
  }

  /// `weightedSum` with rows of v stored as F32, F16 or Q8_0: the same terms in the same order.
  public static func weightedSum(
    _ p: UnsafePointer<Float>, ldp: Int, count: Int, values v: UnsafeRawPointer,
    as type: ElementType, n: Int, columns: Int, into y: UnsafeMutablePointer<Float>, ldy: Int,
    accumulate: Bool
  ) {
    let accumulate: Int32 = accumulate ? 1 : 0
    switch type {
    case .f32:
      mn_weighted_sum(
        p, ldp, count, v.assumingMemoryBound(to: Float.self), n, columns, y, ldy, accumulate)
    case .f16:
      mn_weighted_sum_f16(
        p, ldp, count, v.assumingMemoryBound(to: UInt16.self), n, columns, y, ldy, accumulate)
    case .q8_0: mn_weighted_sum_q8_0(p, ldp, count, v, n, columns, y, ldy, accumulate)
    default: preconditionFailure("a type no rows are kept in")
    }
  }
}

import CKernels

/// Products of matrices in a fixed order.
///
/// An output's bits depend on its own row and column alone: not on how many rows are multiplied at a time, on threads, or on
/// what the processor can do. Whatever a memory writes or reads goes through these.
extension LinearAlgebra {
  /// C = alpha op(A) op(B) + beta C on the calling thread.
  ///
  /// - Parameters:
  ///   - m: rows of C and op(A).
  ///   - n: columns of C and op(B).
  ///   - k: columns of op(A), rows of op(B).
  ///   - transposeA: whether A is stored [k, m].
  ///   - transposeB: whether B is stored [n, k].
  ///   - lda: elements from one stored row of A to the next; likewise `ldb`, `ldc`.
  ///   - beta: 0 leaves C unread.
  public static func gemm(
    m: Int, n: Int, k: Int, alpha: Float = 1, a: UnsafePointer<Float>, transposeA: Bool = false,
    lda: Int, b: UnsafePointer<Float>, transposeB: Bool = false, ldb: Int, beta: Float = 0,
    c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    mn_product(
      transposeA ? 1 : 0, transposeB ? 1 : 0, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
  }

  /// The product of two arrays as matrices: op(A) [m, k] times op(B) [k, n], both densely stored.
  public static func product(
    _ a: [Float], _ b: [Float], m: Int, n: Int, k: Int, transposeA: Bool = false,
    transposeB: Bool = false
  ) -> [Float] {
    dense(a, b, m, n, k) { a, b, c in
      gemm(
        m: m, n: n, k: k, a: a, transposeA: transposeA, lda: transposeA ? m : k, b: b,
        transposeB: transposeB, ldb: transposeB ? k : n, c: c, ldc: n)
    }
  }

  /// Checks the extents of a dense product, makes C [m, n], and has it written; with k = 0 it is zero.
  static func dense(
    _ a: [Float], _ b: [Float], _ m: Int, _ n: Int, _ k: Int,
    _ multiply: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) -> [Float] {
    precondition(a.count == m * k && b.count == k * n, "matrix extents and counts disagree")
    guard m > 0, n > 0 else { return [] }
    guard k > 0 else { return [Float](repeating: 0, count: m * n) }
    return [Float](unsafeUninitializedCapacity: m * n) { buffer, filled in
      guard let c = buffer.baseAddress else { return }
      multiply(a, b, c)
      filled = m * n
    }
  }
}

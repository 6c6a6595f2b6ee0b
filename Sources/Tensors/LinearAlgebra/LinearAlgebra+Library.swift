import COpenBLAS

/// OpenBLAS, for fitting and calibration: what is fitted is stored as it came out, and never computed anew.
extension LinearAlgebra {
  /// `product` by OpenBLAS, or by our own kernels where it is missing or left aside.
  ///
  /// OpenBLAS rounds by shape and by processor: never for what a memory writes or reads.
  public static func libraryProduct(
    _ a: [Float], _ b: [Float], m: Int, n: Int, k: Int, transposeA: Bool = false,
    transposeB: Bool = false
  ) -> [Float] {
    dense(a, b, m, n, k) { a, b, c in
      let (lda, ldb) = (transposeA ? m : k, transposeB ? k : n)
      let isDone =
        mn_sgemm(transposeA ? 1 : 0, transposeB ? 1 : 0, m, n, k, 1, a, lda, b, ldb, 0, c, n) != 0
      guard !isDone else { return }
      gemm(
        m: m, n: n, k: k, a: a, transposeA: transposeA, lda: lda, b: b, transposeB: transposeB,
        ldb: ldb, c: c, ldc: n)
    }
  }

  /// OpenBLAS's description of itself, or "none" when it is missing or left aside.
  public static var blasDescription: String { String(cString: mn_blas_description()) }

  /// Why OpenBLAS is left aside although it is there, or why `MNEME_BLAS` (on or off) is not followed: one sentence.
  ///
  /// nil as long as there is nothing to say, or nothing has asked for the library yet.
  public static var blasRemark: String? { mn_blas_remark().map { String(cString: $0) } }
}

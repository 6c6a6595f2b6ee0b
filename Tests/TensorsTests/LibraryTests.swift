import COpenBLAS
import Tensors
import Testing

/// What OpenBLAS has to pass before it is used.
@Suite struct LibraryTests {
  @Test func saysWhichLibraryIsInUse() {
    #expect(!LinearAlgebra.blasDescription.isEmpty)
  }

  @Test func aRightProductPasses() {
    #expect(mn_sgemm_errs(rightProduct) == 0)
  }

  @Test func aProductThatErrsIsNoticed() {
    // Wrong in one form, in the last digits, after the end of a row, or no number at all.
    #expect(mn_sgemm_errs { _, _, _, _, _, _, _, _, _, _, _, _, _, _ in } != 0)
    #expect(
      mn_sgemm_errs {
        rightProduct($0, $1, 111, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
      } != 0)
    #expect(
      mn_sgemm_errs {
        rightProduct($0, $1, $2, $3, $4, $5, $6 * 1.001, $7, $8, $9, $10, $11, $12, $13)
      } != 0)
    #expect(
      mn_sgemm_errs {
        rightProduct($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        $12?[Int($4)] = 0
      } != 0)
    #expect(
      mn_sgemm_errs {
        rightProduct($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        if $3 > 30 { $12?[0] = .nan }
      } != 0)
  }
}

/// `cblas_sgemm` in plain Swift.
private func rightProduct(
  _ order: Int32, _ ta: Int32, _ tb: Int32, _ m: Int32, _ n: Int32, _ k: Int32, _ alpha: Float,
  _ a: UnsafePointer<Float>?, _ lda: Int32, _ b: UnsafePointer<Float>?, _ ldb: Int32,
  _ beta: Float, _ c: UnsafeMutablePointer<Float>?, _ ldc: Int32
) {
  guard let a, let b, let c else { return }
  for i in 0..<Int(m) {
    for j in 0..<Int(n) {
      var sum = 0.0
      for p in 0..<Int(k) {
        let x = ta == 112 ? a[p * Int(lda) + i] : a[i * Int(lda) + p]
        let y = tb == 112 ? b[j * Int(ldb) + p] : b[p * Int(ldb) + j]
        sum += Double(x) * Double(y)
      }
      let place = i * Int(ldc) + j
      c[place] = Float(Double(alpha) * sum) + (beta == 0 ? 0 : beta * c[place])
    }
  }
}

import Tensors
import TestSupport
import Testing

/// OpenBLAS, or what takes its place, against the plain product.
@Suite struct MatrixProductTests {
  static let shapes = [(1, 1, 1), (3, 5, 7), (16, 16, 16), (33, 2, 65), (2, 70, 3), (64, 48, 100)]

  @Test(arguments: [false, true], [false, true])
  func matchesTheReference(transposeA: Bool, transposeB: Bool) {
    var random = TestRandom(seed: 1)
    for (m, n, k) in Self.shapes {
      let a = random.normals(m * k)
      let b = random.normals(k * n)
      let expected = Reference.product(
        a, b, m: m, n: n, k: k, transposeA: transposeA, transposeB: transposeB)
      let found = LinearAlgebra.product(
        a, b, m: m, n: n, k: k, transposeA: transposeA, transposeB: transposeB)
      #expect(relativeDifference(found, expected) < 1e-5)

      // alpha 2, beta -1, a wider C than the product
      var c = random.normals(m * (n + 3))
      var d = c
      let start = c
      func run(_ product: Product, _ target: inout [Float]) {
        product(
          m, n, k, 2, a, transposeA, transposeA ? m : k, b, transposeB, transposeB ? k : n, -1,
          &target, n + 3)
      }
      run(library, &c)
      run(LinearAlgebra.gemmWithoutLibrary, &d)
      for row in 0..<m {
        for column in 0..<n + 3 {
          let index = row * (n + 3) + column
          let wanted = column < n ? 2 * expected[row * n + column] - start[index] : start[index]
          #expect(abs(c[index] - wanted) < 1e-3)
          #expect(abs(d[index] - wanted) < 1e-3)
        }
      }
    }
  }

  @Test func betaZeroOverwritesWhatIsNotANumber() {
    var c: [Float] = [.nan]
    LinearAlgebra.gemmWithoutLibrary(
      m: 1, n: 1, k: 1, alpha: 1, a: [3], transposeA: false, lda: 1, b: [4], transposeB: false,
      ldb: 1, beta: 0, c: &c, ldc: 1)
    #expect(c == [12])
    c = [.nan]
    LinearAlgebra.gemm(m: 1, n: 1, k: 1, a: [3], lda: 1, b: [4], ldb: 1, c: &c, ldc: 1)
    #expect(c == [12])
  }

  @Test func saysWhichLibraryIsInUse() {
    #expect(!LinearAlgebra.blasDescription.isEmpty)
  }

  @Test func normalizesToLengthOne() {
    var x: [Float] = [3, 4]
    LinearAlgebra.normalize(&x, count: 2)
    #expect(x == [0.6, 0.8])
    var zero: [Float] = [0, 0]
    LinearAlgebra.normalize(&zero, count: 2)
    #expect(zero == [0, 0])
  }

  private typealias Product = (
    Int, Int, Int, Float, UnsafePointer<Float>, Bool, Int, UnsafePointer<Float>, Bool, Int, Float,
    UnsafeMutablePointer<Float>, Int
  ) -> Void

  private func library(
    m: Int, n: Int, k: Int, alpha: Float, a: UnsafePointer<Float>, transposeA: Bool, lda: Int,
    b: UnsafePointer<Float>, transposeB: Bool, ldb: Int, beta: Float,
    c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    LinearAlgebra.gemm(
      m: m, n: n, k: k, alpha: alpha, a: a, transposeA: transposeA, lda: lda, b: b,
      transposeB: transposeB, ldb: ldb, beta: beta, c: c, ldc: ldc)
  }
}

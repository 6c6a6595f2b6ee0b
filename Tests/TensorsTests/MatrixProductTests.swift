import Tensors
import TestSupport
import Testing

/// Products of matrices against the plain product, and the order they promise.
@Suite struct MatrixProductTests {
  static let shapes = [
    (1, 1, 1), (3, 5, 7), (16, 16, 16), (33, 2, 65), (2, 70, 3), (64, 48, 100), (13, 130, 300),
    (1, 200, 513),
  ]

  @Test(arguments: [false, true], [false, true])
  func matchesTheReference(transposeA: Bool, transposeB: Bool) {
    var random = TestRandom(seed: 1)
    for (m, n, k) in Self.shapes {
      let a = random.normals(m * k)
      let b = random.normals(k * n)
      let expected = Reference.product(
        a, b, m: m, n: n, k: k, transposeA: transposeA, transposeB: transposeB)
      let library = LinearAlgebra.libraryProduct(
        a, b, m: m, n: n, k: k, transposeA: transposeA, transposeB: transposeB)
      #expect(relativeDifference(library, expected) < 1e-5)
      // alpha 2, beta -1, a wider C than the product
      let start = random.normals(m * (n + 3))
      atEveryLevel { level in
        let found = LinearAlgebra.product(
          a, b, m: m, n: n, k: k, transposeA: transposeA, transposeB: transposeB)
        #expect(relativeDifference(found, expected) < 1e-5, "level \(level)")
        var c = start
        LinearAlgebra.gemm(
          m: m, n: n, k: k, alpha: 2, a: a, transposeA: transposeA, lda: transposeA ? m : k, b: b,
          transposeB: transposeB, ldb: transposeB ? k : n, beta: -1, c: &c, ldc: n + 3)
        for row in 0..<m {
          for column in 0..<n + 3 {
            let index = row * (n + 3) + column
            let wanted = column < n ? 2 * expected[row * n + column] - start[index] : start[index]
            #expect(abs(c[index] - wanted) < 1e-3, "level \(level)")
          }
        }
      }
    }
  }

  @Test(arguments: [false, true], [false, true])
  func anOutputDoesNotKnowItsNeighbours(transposeA: Bool, transposeB: Bool) {
    var random = TestRandom(seed: 2)
    let (m, n, k) = (29, 83, 300)
    let a = random.normals(m * k)  // [m, k]
    let b = random.normals(k * n)  // [k, n]
    func part(_ rows: Range<Int>, _ columns: Range<Int>) -> [Float] {
      var left: [Float] = []
      var right: [Float] = []
      if transposeA {
        for term in 0..<k { left += rows.map { a[$0 * k + term] } }
      } else {
        left = Array(a[rows.lowerBound * k..<rows.upperBound * k])
      }
      if transposeB {
        for column in columns { right += (0..<k).map { b[$0 * n + column] } }
      } else {
        for term in 0..<k { right += columns.map { b[term * n + $0] } }
      }
      return LinearAlgebra.product(
        left, right, m: rows.count, n: columns.count, k: k, transposeA: transposeA,
        transposeB: transposeB)
    }
    atEveryLevel { level in
      let whole = part(0..<m, 0..<n)
      for rows in [0..<1, 5..<7, 3..<16, 1..<m] {
        for columns in [0..<1, 2..<19, 7..<80, 1..<n] {
          let wanted = rows.flatMap { row in columns.map { whole[row * n + $0] } }
          #expect(part(rows, columns) == wanted, "\(rows), \(columns), level \(level)")
        }
      }
    }
  }

  @Test func betaZeroOverwritesWhatIsNotANumber() {
    atEveryLevel { level in
      for transposed in [false, true] {
        for alpha: Float in [1, 2] {
          var c: [Float] = [.nan]
          LinearAlgebra.gemm(
            m: 1, n: 1, k: 1, alpha: alpha, a: [3], lda: 1, b: [4], transposeB: transposed, ldb: 1,
            c: &c, ldc: 1)
          #expect(c == [12 * alpha], "level \(level)")
        }
      }
    }
  }

  @Test func noTermsLeaveWhatBetaSays() {
    for transposed in [false, true] {
      var c: [Float] = [3, 5]
      LinearAlgebra.gemm(
        m: 1, n: 2, k: 0, a: [], lda: 1, b: [], transposeB: transposed, ldb: 1, beta: 2, c: &c,
        ldc: 2)
      #expect(c == [6, 10])
    }
  }

  @Test func normalizesToLengthOne() {
    var x: [Float] = [3, 4]
    LinearAlgebra.normalize(&x, count: 2)
    #expect(x == [0.6, 0.8])
    var zero: [Float] = [0, 0]
    LinearAlgebra.normalize(&zero, count: 2)
    #expect(zero == [0, 0])
  }
}

/// Eigenvalues and eigenvectors of small symmetric matrices.
package enum Eigen {
  /// Jacobi's method (Golub and Van Loan, section 8.5): rotations that make one off-diagonal pair zero after the other.
  ///
  /// - Parameters:
  ///   - matrix: symmetric, [n, n].
  /// - Returns: the eigenvalues, in no order, and the eigenvectors as columns, [n, n]; nil when a value is not finite.
  package static func symmetric(_ matrix: [Double], _ n: Int) -> (
    values: [Double], vectors: [Double]
  )? {
    guard matrix.allSatisfy(\.isFinite) else { return nil }
    var a = matrix
    var v = (0..<n * n).map { $0 % (n + 1) == 0 ? 1.0 : 0.0 }
    let size = matrix.reduce(0) { $0 + $1 * $1 }
    for _ in 0..<60 {
      var rest = 0.0
      for i in 0..<n { for j in 0..<n where i != j { rest += a[i * n + j] * a[i * n + j] } }
      guard rest > 1e-26 * size else { break }
      for p in 0..<n {
        for q in p + 1..<max(n, p + 1) where a[p * n + q] != 0 {
          rotate(&a, &v, p, q, n)
        }
      }
    }
    return ((0..<n).map { a[$0 * n + $0] }, v)
  }

  private static func rotate(_ a: inout [Double], _ v: inout [Double], _ p: Int, _ q: Int, _ n: Int)
  {
    let slope = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q])
    let t = (slope >= 0 ? 1.0 : -1.0) / (abs(slope) + (slope * slope + 1).squareRoot())
    let c = 1 / (t * t + 1).squareRoot()
    let s = t * c
    for k in 0..<n {
      let (x, y) = (a[k * n + p], a[k * n + q])
      a[k * n + p] = c * x - s * y
      a[k * n + q] = s * x + c * y
    }
    for k in 0..<n {
      let (x, y) = (a[p * n + k], a[q * n + k])
      a[p * n + k] = c * x - s * y
      a[q * n + k] = s * x + c * y
      let (z, w) = (v[k * n + p], v[k * n + q])
      v[k * n + p] = c * z - s * w
      v[k * n + q] = s * z + c * w
    }
  }
}

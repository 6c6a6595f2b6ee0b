/// The factor L of a symmetric positive definite matrix A = L Lᵀ, Float64.
public struct Cholesky: Sendable {
  /// Rows of the matrix.
  public let order: Int
  private let lower: [Double]  // [order, order], zero above the diagonal

  /// Factors a matrix; nil when it is not positive definite or a value is not finite.
  ///
  /// - Parameter matrix: [order, order]; only the lower triangle is read.
  public init?(_ matrix: [Double], order n: Int) {
    precondition(matrix.count == n * n, "a square matrix")
    order = n
    var lower = [Double](repeating: 0, count: n * n)
    let succeeded = lower.withUnsafeMutableBufferPointer { lower in
      matrix.withUnsafeBufferPointer { matrix in
        for i in 0..<n {
          for j in 0...i {
            let total = matrix[i * n + j] - Self.dot(lower, i * n, lower, j * n, count: j)
            if i == j {
              guard total > 0, total.isFinite else { return false }
              lower[i * n + i] = total.squareRoot()
            } else {
              lower[i * n + j] = total / lower[j * n + j]
            }
          }
        }
        return true
      }
    }
    guard succeeded else { return nil }
    self.lower = lower
  }

  /// The factor, [order, order].
  public var factor: [Double] { lower }

  /// Solves A X = B.
  ///
  /// - Parameter right: B, [order, columns]; replaced by X.
  public func solve(_ right: inout [Double], columns: Int) {
    precondition(right.count == order * columns, "one row per row of the matrix")
    let n = order
    lower.withUnsafeBufferPointer { lower in
      right.withUnsafeMutableBufferPointer { x in
        for i in 0..<n {
          for k in 0..<i { Self.subtract(lower[i * n + k], row: k, from: i, of: x, columns) }
          Self.divide(row: i, of: x, columns, by: lower[i * n + i])
        }
        for i in (0..<n).reversed() {
          for k in i + 1..<max(i + 1, n) {
            Self.subtract(lower[k * n + i], row: k, from: i, of: x, columns)
          }
          Self.divide(row: i, of: x, columns, by: lower[i * n + i])
        }
      }
    }
  }

  /// The inverse of A, [order, order].
  public var inverse: [Double] {
    var result = [Double](repeating: 0, count: order * order)
    for i in 0..<order { result[i * order + i] = 1 }
    solve(&result, columns: order)
    return result
  }

  /// Four partial sums, so that the additions need not wait for each other.
  @inline(__always)
  private static func dot(
    _ a: UnsafeMutableBufferPointer<Double>, _ i: Int, _ b: UnsafeMutableBufferPointer<Double>,
    _ j: Int, count: Int
  ) -> Double {
    var sums = SIMD4<Double>(repeating: 0)
    var k = 0
    while k + 4 <= count {
      let x = SIMD4(a[i + k], a[i + k + 1], a[i + k + 2], a[i + k + 3])
      let y = SIMD4(b[j + k], b[j + k + 1], b[j + k + 2], b[j + k + 3])
      sums += x * y
      k += 4
    }
    var total = sums.sum()
    while k < count {
      total += a[i + k] * b[j + k]
      k += 1
    }
    return total
  }

  @inline(__always)
  private static func subtract(
    _ factor: Double, row source: Int, from target: Int,
    of x: UnsafeMutableBufferPointer<Double>, _ columns: Int
  ) {
    guard factor != 0 else { return }
    let (s, t) = (source * columns, target * columns)
    for column in 0..<columns { x[t + column] -= factor * x[s + column] }
  }

  @inline(__always)
  private static func divide(
    row: Int, of x: UnsafeMutableBufferPointer<Double>, _ columns: Int, by divisor: Double
  ) {
    for column in 0..<columns { x[row * columns + column] /= divisor }
  }
}

import Tensors

/// The regularised pseudo-inverse: Xᵀ (X Xᵀ + e I)^-1 with e relative to the mean squared row length.
///
/// Larimar iterates X <- 2X - X A X from 5e-4 Aᵀ, which diverges for singular values above 63.2 and has hardly begun for
/// those below 0.1; a Cholesky factor has neither limit.
package struct PseudoInverse: Sendable {
  private let rows: Int
  private let columns: Int
  private let matrix: [Double]  // [rows, columns]
  private let factor: Cholesky?
  private let isWide: Bool
  /// The pseudo-inverse transposed, [rows, columns], after `expand`: worthwhile for a constant matrix.
  private var explicit: [Double]?

  /// Prepares the pseudo-inverse of a matrix [rows, columns].
  ///
  /// - Parameter relativeRidge: e over the mean diagonal of the smaller Gram matrix.
  package init(_ matrix: [Double], rows: Int, columns: Int, relativeRidge: Double = 1e-10) {
    precondition(matrix.count == rows * columns, "a matrix of this shape")
    self.rows = rows
    self.columns = columns
    self.matrix = matrix
    isWide = rows <= columns
    let n = min(rows, columns)
    var gram = [Double](repeating: 0, count: n * n)
    if isWide {
      for i in 0..<n {
        for j in 0...i {
          var total = 0.0
          for k in 0..<columns { total += matrix[i * columns + k] * matrix[j * columns + k] }
          gram[i * n + j] = total
        }
      }
    } else {
      for row in 0..<rows {
        for i in 0..<n {
          let value = matrix[row * columns + i]
          for j in 0...i { gram[i * n + j] += value * matrix[row * columns + j] }
        }
      }
    }
    var trace = 0.0
    for i in 0..<n { trace += gram[i * n + i] }
    let ridge = trace / Double(max(1, n)) * relativeRidge
    explicit = nil
    guard trace > 0, trace.isFinite else {
      factor = nil
      return
    }
    for i in 0..<n { gram[i * n + i] += ridge }
    factor = Cholesky(gram, order: n)
  }

  /// v X^+ for a row vector v [columns]: the weights of the rows of X that come closest to v, [rows]. Zero for a matrix
  /// of zeros.
  package func weights(of vector: [Double]) -> [Double] {
    precondition(vector.count == columns, "a vector of the matrix's width")
    guard let factor else { return [Double](repeating: 0, count: rows) }
    if let explicit { return Self.product(explicit, vector, rows: rows) }
    if isWide {
      var result = product(vector)
      factor.solve(&result, columns: 1)
      return result
    }
    var inner = vector
    factor.solve(&inner, columns: 1)
    return product(inner)
  }

  /// Computes the inverse in full, so that weights are one product each from now on. Wide matrices only.
  package mutating func expand() {
    guard isWide, let factor else { return }
    var inverse = matrix
    factor.solve(&inverse, columns: columns)
    explicit = inverse
  }

  /// X v, [rows].
  private func product(_ vector: [Double]) -> [Double] { Self.product(matrix, vector, rows: rows) }

  private static func product(_ matrix: [Double], _ vector: [Double], rows: Int) -> [Double] {
    let columns = vector.count
    return matrix.withUnsafeBufferPointer { matrix in
      vector.withUnsafeBufferPointer { vector in
        (0..<rows).map { row in
          let start = row * columns
          var sums = SIMD8<Double>(repeating: 0)
          var column = 0
          while column + 8 <= columns {
            var (x, y) = (SIMD8<Double>(), SIMD8<Double>())
            for lane in 0..<8 {
              x[lane] = matrix[start + column + lane]
              y[lane] = vector[column + lane]
            }
            sums += x * y
            column += 8
          }
          var total = sums.sum()
          while column < columns {
            total += matrix[start + column] * vector[column]
            column += 1
          }
          return total
        }
      }
    }
  }
}

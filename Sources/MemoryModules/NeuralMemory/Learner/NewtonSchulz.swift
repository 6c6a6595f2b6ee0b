import Tensors

/// Five Newton-Schulz steps towards the nearest matrix with equal singular values (Muon's quintic; ATLAS' write).
///
/// X_0 = U / |U|; A = X Xᵀ; X <- a X + (b A + c A A) X with (a, b, c) = (3.4445, -4.7750, 2.0315). The result is scaled
/// back to the Frobenius length of U, so that a write keeps the size of its surprise and loses only its direction's bias.
package enum NewtonSchulz {
  private static let (a, b, c): (Float, Float, Float) = (3.4445, -4.7750, 2.0315)
  private static let steps = 5

  /// Orthogonalises a matrix of `shape` in place; zeros stay zeros.
  package static func orthogonalize(_ matrix: inout [Float], _ shape: NeuralWeights.Shape) {
    let length = LinearAlgebra.dot(matrix, matrix, count: matrix.count).squareRoot()
    guard length > 0, length.isFinite else { return }
    // X and its transpose have the same steps; the Gram matrix is that of the shorter side.
    let isTall = shape.rows > shape.columns
    let n = min(shape.rows, shape.columns)
    let k = max(shape.rows, shape.columns)
    var x = matrix.map { $0 / length }
    for _ in 0..<steps {
      var gram = [Float](repeating: 0, count: n * n)
      LinearAlgebra.gemm(
        m: n, n: n, k: k, a: x, transposeA: isTall, lda: shape.columns, b: x,
        transposeB: !isTall, ldb: shape.columns, c: &gram, ldc: n)
      var mix = gram
      LinearAlgebra.gemm(
        m: n, n: n, k: n, alpha: c, a: gram, lda: n, b: gram, ldb: n, beta: b, c: &mix, ldc: n)
      var next = x
      if isTall {
        LinearAlgebra.gemm(
          m: k, n: n, k: n, a: x, lda: n, b: mix, ldb: n, beta: a, c: &next, ldc: n)
      } else {
        LinearAlgebra.gemm(
          m: n, n: k, k: n, a: mix, lda: n, b: x, ldb: k, beta: a, c: &next, ldc: k)
      }
      x = next
    }
    let scale = length / LinearAlgebra.dot(x, x, count: x.count).squareRoot()
    matrix = x.map { $0 * scale }
  }

  /// The same with Float64 sums in plain Swift.
  package static func orthogonalizeReference(
    _ matrix: inout [Float], _ shape: NeuralWeights.Shape
  ) {
    let length = matrix.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    guard length > 0, length.isFinite else { return }
    let (rows, columns) = (shape.rows, shape.columns)
    var x = matrix.map { Double($0) / length }
    func product(_ p: [Double], _ q: [Double], _ m: Int, _ k: Int, _ n: Int) -> [Double] {
      var result = [Double](repeating: 0, count: m * n)
      for i in 0..<m {
        for j in 0..<k { for l in 0..<n { result[i * n + l] += p[i * k + j] * q[j * n + l] } }
      }
      return result
    }
    for _ in 0..<steps {
      var transposed = x
      for i in 0..<rows { for j in 0..<columns { transposed[j * rows + i] = x[i * columns + j] } }
      let gram = product(x, transposed, rows, columns, rows)
      let square = product(gram, gram, rows, rows, rows)
      let mix = zip(gram, square).map { Double(b) * $0 + Double(c) * $1 }
      let added = product(mix, x, rows, rows, columns)
      x = zip(x, added).map { Double(a) * $0 + $1 }
    }
    let scale = length / x.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
    matrix = x.map { Float($0 * scale) }
  }
}

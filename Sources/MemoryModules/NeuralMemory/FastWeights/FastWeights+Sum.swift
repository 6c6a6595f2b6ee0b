import Tensors

extension FastWeights {
  /// These weights plus what others moved the model by (task vectors, Ilharco et al. 2023, arXiv 2212.04089): the best
  /// matrices of this rank for B A + B' A'.
  ///
  /// The sum has twice the rank, [B B'] [A; A'], and is cut to its largest singular values. The optimisers' moments are
  /// of different weights now, and begin anew.
  ///
  /// - Returns: nil when the shapes differ or a value is not finite.
  package func united(with other: FastWeights) -> FastWeights? {
    guard plan.rank == other.plan.rank, matrices.count == other.matrices.count else { return nil }
    var sum = self
    sum.resetMoments()
    for (index, theirs) in other.matrices.enumerated() {
      let mine = matrices[index]
      guard mine.point == theirs.point, mine.inputs == theirs.inputs, mine.outputs == theirs.outputs
      else { return nil }
      guard
        let (down, up) = Self.truncated(
          down: mine.down + theirs.down,
          up: Self.beside(mine.up, theirs.up, rows: mine.outputs, columns: plan.rank),
          rank: plan.rank, inputs: mine.inputs, outputs: mine.outputs)
      else { return nil }
      sum.matrices[index].down = down
      sum.matrices[index].up = up
    }
    sum.steps += other.steps
    sum.longest = max(longest, other.longest)
    sum.roundToStorage()
    return sum
  }

  /// Two matrices side by side.
  private static func beside(_ a: [Float], _ b: [Float], rows: Int, columns: Int) -> [Float] {
    var result: [Float] = []
    for row in 0..<rows {
      result += a[row * columns..<(row + 1) * columns]
      result += b[row * columns..<(row + 1) * columns]
    }
    return result
  }

  /// The best approximation of U V of a lower rank, by the eigenvectors of (V V^T) (U^T U), whose eigenvalues are the squares
  /// of the product's singular values.
  ///
  /// - Parameters:
  ///   - down: V, [n, inputs].
  ///   - up: U, [outputs, n].
  /// - Returns: factors of the given rank; nil when a value is not finite.
  package static func truncated(
    down: [Float], up: [Float], rank: Int, inputs: Int, outputs: Int
  ) -> (down: [Float], up: [Float])? {
    let n = down.count / inputs
    // With the symmetric square root R of V V^T, U V = (U R) (R^+ V), and R^+ V has orthonormal rows.
    let gram = gramian(down, rows: n, columns: inputs)
    guard let (values, vectors) = Eigen.symmetric(gram, n) else { return nil }
    let largest = values.max() ?? 0
    guard largest.isFinite else { return nil }
    // Rows of V as orthonormal ones Q = S^-1/2 E^T V, and U E S^1/2 beside them.
    let roots = values.map { $0 > 1e-12 * largest ? $0.squareRoot() : 0 }
    var left = [Double](repeating: 0, count: outputs * n)  // U E S^1/2
    for row in 0..<outputs {
      for column in 0..<n where roots[column] > 0 {
        var sum = 0.0
        for k in 0..<n { sum += Double(up[row * n + k]) * vectors[k * n + column] }
        left[row * n + column] = sum * roots[column]
      }
    }
    var square = [Double](repeating: 0, count: n * n)
    for row in 0..<outputs {
      for i in 0..<n {
        let value = left[row * n + i]
        for j in 0..<n { square[i * n + j] += value * left[row * n + j] }
      }
    }
    guard let (strengths, turns) = Eigen.symmetric(square, n) else { return nil }
    let order = (0..<n).sorted { (strengths[$0], $1) > (strengths[$1], $0) }.prefix(rank)
    var newUp = [Float](repeating: 0, count: outputs * rank)
    var newDown = [Float](repeating: 0, count: rank * inputs)
    for (place, chosen) in order.enumerated() where strengths[chosen] > 0 {
      // Both factors get the same length.
      let scale = strengths[chosen].squareRoot().squareRoot()
      for row in 0..<outputs {
        var sum = 0.0
        for k in 0..<n { sum += left[row * n + k] * turns[k * n + chosen] }
        newUp[row * rank + place] = Float(sum / scale)
      }
      // turns^T Q, Q = S^-1/2 E^T V
      var mix = [Double](repeating: 0, count: n)
      for k in 0..<n where roots[k] > 0 {
        let share = turns[k * n + chosen] / roots[k]
        for i in 0..<n { mix[i] += share * vectors[i * n + k] }
      }
      for column in 0..<inputs {
        var sum = 0.0
        for i in 0..<n { sum += mix[i] * Double(down[i * inputs + column]) }
        newDown[place * inputs + column] = Float(sum * scale)
      }
    }
    guard (newUp + newDown).allSatisfy(\.isFinite) else { return nil }
    return (newDown, newUp)
  }

  private static func gramian(_ values: [Float], rows: Int, columns: Int) -> [Double] {
    var result = [Double](repeating: 0, count: rows * rows)
    for i in 0..<rows {
      for j in 0...i {
        var sum = 0.0
        for k in 0..<columns {
          sum += Double(values[i * columns + k]) * Double(values[j * columns + k])
        }
        result[i * rows + j] = sum
        result[j * rows + i] = sum
      }
    }
    return result
  }
}

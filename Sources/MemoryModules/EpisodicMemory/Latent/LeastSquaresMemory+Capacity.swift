import Foundation
package import Memory
import Tensors

extension LeastSquaresMemory {
  /// The load from which a warning is given: before the rank is exhausted.
  private static let fillingLoad = 0.8
  /// From this condition number on A + lambda I counts as ill-conditioned: half of Float64's digits are lost.
  private static let worstCondition = 1e8

  /// How full the memory is.
  ///
  /// - Parameter rank: the most directions the keys can span.
  package func capacity(rank: Int) -> CapacityReport {
    let load = Double(count) / Double(max(1, rank))
    let condition = condition
    let verdict: CapacityReport.Verdict =
      load > 1
      ? .overloaded
      : load >= Self.fillingLoad || condition > Self.worstCondition ? .filling : .roomy
    return CapacityReport(
      facts: count, rank: rank, load: load, condition: condition,
      expectedError: count > rank ? (1 - Double(rank) / Double(count)).squareRoot() : 0,
      verdict: verdict)
  }

  /// The ratio of the largest to the smallest eigenvalue of A + lambda I, by power iteration on it and on its inverse.
  package var condition: Double {
    var matrix = a
    for slot in 0..<slots { matrix[slot * slots + slot] += ridge }
    guard let factor = Cholesky(matrix, order: slots) else { return .infinity }
    let largest = Self.largest(slots) { vector in Self.product(matrix, vector, slots) }
    let inverse = Self.largest(slots) { vector in
      var result = vector
      factor.solve(&result, columns: 1)
      return result
    }
    return largest * inverse
  }

  private static func product(_ matrix: [Double], _ vector: [Double], _ n: Int) -> [Double] {
    (0..<n).map { row in
      var total = 0.0
      for column in 0..<n { total += matrix[row * n + column] * vector[column] }
      return total
    }
  }

  private static func largest(_ n: Int, _ apply: ([Double]) -> [Double]) -> Double {
    // A start that is orthogonal to no eigenvector in practice, the same on every machine.
    var vector = (0..<n).map { 1 + 0.3 * sin(Double($0) * 1.7) }
    var length = 0.0
    for _ in 0..<60 {
      let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard norm > 0, norm.isFinite else { return norm }
      let next = apply(vector.map { $0 / norm })
      let value = next.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let settled = abs(value - length) < 1e-6 * value
      (vector, length) = (next, value)
      if settled { break }
    }
    return length
  }
}

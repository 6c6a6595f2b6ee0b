import Tensors

/// Least squares with factors between two bounds: the w that makes |A w - b|² + ridge |w|² least.
///
/// Coordinate descent on the normal equations: one factor after the other is set to its best value, until none moves any
/// more. The problem is convex, and with a ridge strictly so: there is one solution, whatever the start.
package struct BoxLeastSquares {
  private static let sweeps = 400
  /// Factors that move less than this, relative to the largest, have arrived.
  private static let tolerance = 1e-7

  /// AᵀA, [count, count].
  let gram: [Double]
  /// Aᵀb, [count].
  let right: [Double]

  /// What each factor may be.
  let box: ClosedRange<Double>

  package init(gram: [Double], right: [Double], box: ClosedRange<Double>) {
    self.gram = gram
    self.right = right
    self.box = box
  }

  /// The factors, from 1 on.
  package var solution: [Double] {
    let count = right.count
    var factors = [Double](repeating: 1, count: count)
    // slope = AᵀA w - Aᵀb
    var slope = right.map { -$0 }
    for row in 0..<count {
      for column in 0..<count { slope[row] += gram[row * count + column] }
    }
    for _ in 0..<Self.sweeps {
      var largest = 0.0
      for index in 0..<count {
        let diagonal = gram[index * count + index]
        guard diagonal > 0 else { continue }
        let better = min(
          max(box.lowerBound, factors[index] - slope[index] / diagonal), box.upperBound)
        let change = better - factors[index]
        guard change != 0 else { continue }
        factors[index] = better
        largest = max(largest, abs(change))
        for row in 0..<count { slope[row] += change * gram[index * count + row] }
      }
      if largest <= Self.tolerance * (factors.max() ?? 0) { break }
    }
    return factors
  }
}

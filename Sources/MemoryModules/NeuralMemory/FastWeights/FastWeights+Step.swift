import Tensors
package import Transformer

extension FastWeights {
  /// How surprising a step's tokens were.
  package struct Surprise: Sendable, Equatable {
    /// Length of the gradient over all weights: the momentary surprise.
    package var momentary: Float
    /// Length of its first moment after the step: the past surprise.
    package var past: Float
  }

  /// Steps down a gradient.
  ///
  /// - Parameter rate: the step size; the plan's when nil.
  /// - Returns: nil when a value is not finite; the weights are then as they were.
  package mutating func step(
    _ gradients: [ProjectionPoint: LowRankGradient], rate: Float? = nil
  ) -> Surprise? {
    var square = 0.0
    for matrix in matrices {
      guard let gradient = gradients[matrix.point] else { return nil }
      square += Self.square(gradient.down) + Self.square(gradient.up)
    }
    let length = Float(square.squareRoot())
    guard length.isFinite else { return nil }
    let bound = longest > 0 ? plan.trust * longest : length
    let scale = length > bound ? bound / length : 1
    var next = self
    next.steps += 1
    next.longest = max(longest, length * scale)
    let rule = Rule(
      plan: plan, rate: rate ?? plan.learningRate, scale: scale,
      length: max(length * scale, 1e-30), step: next.steps)
    var past = 0.0
    for index in next.matrices.indices {
      guard let gradient = gradients[next.matrices[index].point] else { return nil }
      Self.apply(rule, gradient, to: &next.matrices[index])
      past += Self.square(next.matrices[index].downMoments.first)
      past += Self.square(next.matrices[index].upMoments.first)
    }
    next.roundToStorage()
    // One broken value anywhere makes a sum that is not finite.
    let sum = next.matrices.reduce(0.0) { $0 + Self.square($1.down) + Self.square($1.up) }
    guard sum.isFinite, past.isFinite else { return nil }
    self = next
    return Surprise(momentary: length, past: Float(past.squareRoot()))
  }

  /// Rounds to what the file keeps, so that a memory that was saved and read goes on like one that was not.
  mutating func roundToStorage() {
    guard plan.storage == .f16 else { return }
    for index in matrices.indices {
      LinearAlgebra.roundToHalf(&matrices[index].down)
      LinearAlgebra.roundToHalf(&matrices[index].up)
      for path in [\Matrix.downMoments, \Matrix.upMoments] {
        LinearAlgebra.roundToBFloat(&matrices[index][keyPath: path].first)
        LinearAlgebra.roundToBFloat(&matrices[index][keyPath: path].second)
      }
    }
  }

  private static func apply(_ rule: Rule, _ gradient: LowRankGradient, to matrix: inout Matrix) {
    rule.apply(
      gradient.down, to: &matrix.down, &matrix.downMoments, rows: rule.plan.rank,
      columns: matrix.inputs, forget: 0)
    rule.apply(
      gradient.up, to: &matrix.up, &matrix.upMoments, rows: matrix.outputs,
      columns: rule.plan.rank, forget: rule.plan.forget)
  }

  static func square(_ values: [Float]) -> Double {
    values.withUnsafeBufferPointer { values in
      var sum = 0.0
      for value in values { sum += Double(value) * Double(value) }
      return sum
    }
  }

  /// One optimiser at one step.
  private struct Rule {
    let plan: FastWeightPlan
    let rate: Float
    /// What the gradient is multiplied by to stay within the trust region.
    let scale: Float
    /// The gradient's length after that.
    let length: Float
    let step: Int

    func apply(
      _ gradient: [Float], to weights: inout [Float], _ moments: inout Moments, rows: Int,
      columns: Int, forget: Float
    ) {
      let keep = plan.momentum
      let count = weights.count
      let stays = 1 - forget
      moments.first.withUnsafeMutableBufferPointer { first in
        gradient.withUnsafeBufferPointer { gradient in
          for index in 0..<count {
            first[index] = keep * first[index] + (1 - keep) * scale * gradient[index]
          }
        }
      }
      switch plan.optimiser {
      case .adam:
        let spread = plan.spread
        let power = Float(step)
        let firstShare = 1 - Self.power(keep, power)
        let secondShare = 1 - Self.power(spread, power)
        let size = rate / firstShare
        moments.first.withUnsafeBufferPointer { first in
          moments.second.withUnsafeMutableBufferPointer { second in
            gradient.withUnsafeBufferPointer { gradient in
              weights.withUnsafeMutableBufferPointer { weights in
                for index in 0..<count {
                  let g = scale * gradient[index]
                  second[index] = spread * second[index] + (1 - spread) * g * g
                  let root = (second[index] / secondShare).squareRoot() + 1e-8
                  weights[index] = stays * weights[index] - size * first[index] / root
                }
              }
            }
          }
        }
      case .muon:
        var direction = moments.first
        NewtonSchulz.orthogonalize(&direction, .init(rows: rows, columns: columns))
        // To entries of size 1 in the mean, as Adam's steps have them.
        let square = FastWeights.square(direction)
        let size = square > 0 ? rate * Float((Double(count) / square).squareRoot()) : 0
        for index in 0..<count {
          weights[index] = stays * weights[index] - size * direction[index]
        }
      case .momentum:
        let size = rate * Float(count).squareRoot() / length
        for index in 0..<count {
          weights[index] = stays * weights[index] - size * moments.first[index]
        }
      }
    }

    private static func power(_ base: Float, _ exponent: Float) -> Float {
      var result: Float = 1
      var steps = min(exponent, 10_000)
      while steps > 0, result > 1e-30 {
        result *= base
        steps -= 1
      }
      return result
    }
  }
}

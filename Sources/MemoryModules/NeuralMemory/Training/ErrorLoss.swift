import Foundation

/// The losses of an error e = M(k) - v, one row each: Titans' eq. 12 and MIRAS' alternatives.
package struct ErrorLoss: Sendable {
  package let loss: NeuralConfiguration.Loss
  /// p of `.power`.
  package let power: Float

  package init(_ loss: NeuralConfiguration.Loss, power: Float) {
    self.loss = loss
    self.power = power
  }

  /// Turns rows of errors into rows of gradients, in place.
  ///
  /// - Parameters:
  ///   - errors: [count, columns].
  ///   - deltas: Huber's delta of each row; not read by the other losses.
  /// - Returns: the loss of each row.
  package func gradient(_ errors: inout [Float], columns: Int, deltas: [Float]) -> [Float] {
    guard columns > 0 else { return [] }
    return (0..<errors.count / columns).map { row in
      let range = row * columns..<(row + 1) * columns
      switch loss {
      case .nextToken, .associative:
        var total: Float = 0
        for index in range {
          total += errors[index] * errors[index]
          errors[index] *= 2
        }
        return total
      case .huber:
        let square = errors[range].reduce(Float(0)) { $0 + $1 * $1 }
        let (length, delta) = (square.squareRoot(), deltas[row])
        let scale = length <= delta ? 2 : 2 * delta / length
        for index in range { errors[index] *= scale }
        return length <= delta ? square : 2 * delta * length - delta * delta
      case .power:
        var total: Float = 0
        for index in range {
          let size = abs(errors[index])
          let lower = pow(size, power - 1)
          total += lower * size
          errors[index] = power * lower * (errors[index] < 0 ? -1 : 1)
        }
        return total
      }
    }
  }

  /// An upper bound of the curvature in the output, for errors [count, columns].
  package func curvature(_ errors: [Float]) -> Float {
    guard loss == .power else { return 2 }
    // p (p - 1) |e|^(p - 2); below p = 2 it has no bound at 0, where a hundredth of the largest error stands in.
    let largest = errors.reduce(Float(0)) { max($0, abs($1)) }
    let size = max(1e-6, power >= 2 ? largest : 0.01 * largest)
    return max(1e-6, power * max(0.1, power - 1) * pow(size, power - 2))
  }
}

extension ErrorLoss: NeuralLoss {
  /// The loss of M(k) - v, with v in the pairs' `lossInputs`.
  package func gradient(
    _ output: [Float], _ pairs: NeuralChunk, deltas: [Float]
  ) -> LossGradient {
    var errors = output
    for index in errors.indices { errors[index] -= pairs.lossInputs[index] }
    let curvature = curvature(errors)
    let losses = gradient(&errors, columns: errors.count / max(1, pairs.count), deltas: deltas)
    return LossGradient(values: errors, losses: losses, curvature: curvature)
  }
}

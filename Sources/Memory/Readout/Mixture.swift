import Foundation
import Tensors

/// Mixes a reading into logits: p = (1 - g) p_LM + g p_mem.
package enum Mixture {
  /// Changes one row of logits so that their softmax is the mixture; a common constant is left out, so a sparse reading
  /// touches only its own tokens.
  ///
  /// - Parameters:
  ///   - logSumExp: of the plain model's row, which is the row as it is now if this is the first reading mixed in.
  ///   - gate: 0 < g < 1; 0 leaves the row alone.
  package static func apply(
    _ reading: Reading, gate: Float, logSumExp: Float, to logits: UnsafeMutablePointer<Float>
  ) {
    guard gate > 0 else { return }
    let odds = log(gate) - log1p(-min(gate, 0.9999))
    switch reading.distribution {
    case .sparse(let tokens, let probabilities):
      for (token, probability) in zip(tokens, probabilities) where probability > 0 {
        let index = Int(token)
        logits[index] = add(logits[index], odds + log(probability) + logSumExp)
      }
    case .dense(let values) where reading.isWhole:
      for index in values.indices { logits[index] = values[index] + logSumExp }
    case .dense(let values):
      LinearAlgebra.logAdd(logits, values, shift: odds + logSumExp, count: values.count)
    }
  }

  /// log(exp(a) + exp(b))
  private static func add(_ a: Float, _ b: Float) -> Float {
    let (high, low) = a > b ? (a, b) : (b, a)
    return low == -.infinity ? high : high + log1p(exp(low - high))
  }
}

import Foundation
import Tensors

/// Mixes a reading into logits: p = (1 - g) p_LM + g p_mem.
package enum Mixture {
  /// Changes one row of logits so that their softmax is the mixture; a constant common to all logits is left out, so a
  /// sparse reading changes only its own tokens.
  ///
  /// - Parameters:
  ///   - logSumExp: log(sum(exp(logits))) of the plain model's row, that is, of the row before any reading was mixed
  ///     in.
  ///   - gate: 0 < g < 1; 0 leaves the row unchanged.
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

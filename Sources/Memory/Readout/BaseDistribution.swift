import Foundation
import Tensors

/// A summary of the plain model's distribution at one row, for the gate.
public struct BaseDistribution: Sendable, Equatable {
  /// log(sum(exp(logits)))
  public let logSumExp: Float
  /// The entropy in nats.
  public let entropy: Float
  /// The most probable token.
  public let top: Int32
  /// Its log-probability.
  public let topLogProbability: Float

  /// Summarises one row of logits, [vocabulary].
  public init(_ logits: UnsafeBufferPointer<Float>) {
    guard let start = logits.baseAddress else {
      (logSumExp, entropy, top, topLogProbability) = (-.infinity, 0, 0, 0)
      return
    }
    let best = LinearAlgebra.indexOfMaximum(start, count: logits.count)
    var probabilities = [Float](logits)
    let total = LinearAlgebra.softmax(&probabilities, count: probabilities.count)
    // H = log Z - E[logit]
    let mean = LinearAlgebra.dot(probabilities, start, count: probabilities.count)
    logSumExp = total
    entropy = max(0, total - mean)
    top = Int32(best)
    topLogProbability = start[best] - total
  }
}

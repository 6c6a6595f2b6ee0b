import Foundation
import Tensors

/// What the gate looks at in the plain model's distribution.
public struct BaseDistribution: Sendable, Equatable {
  /// log(sum(exp(logits)))
  public let logSumExp: Float
  /// In nats.
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

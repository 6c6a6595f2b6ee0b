import Foundation

/// Log-likelihoods from rows of logits, in double precision.
public enum Likelihood {
  /// -log p of a token under softmax of a row of logits, in nats.
  ///
  /// Infinite where the row gives the token no probability at all.
  public static func surprisal(of token: Int32, in row: UnsafeBufferPointer<Float>) -> Double {
    guard token >= 0, Int(token) < row.count else { return .infinity }
    var maximum = -Float.infinity
    for value in row where value > maximum { maximum = value }
    guard maximum.isFinite else { return .infinity }
    var sum = 0.0
    for value in row { sum += Double(exp(value - maximum)) }
    return log(sum) + Double(maximum) - Double(row[Int(token)])
  }
}

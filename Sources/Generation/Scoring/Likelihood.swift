import Foundation
public import Transformer

/// -log p of a token under the softmax of one row of logits, in nats, summed in double precision.
///
/// Infinite where the row gives the token no probability, and for tokens outside the row.
public func negativeLogLikelihood(of token: Int32, in row: UnsafeBufferPointer<Float>) -> Double {
  guard token >= 0, Int(token) < row.count else { return .infinity }
  let logit = row[Int(token)]
  guard logit > -.infinity else { return .infinity }
  return logSumExp(row) - Double(logit)
}

/// log(softmax) of one row of logits, [vocabulary].
public func logSoftmax(_ row: UnsafeBufferPointer<Float>) -> [Float] {
  let total = logSumExp(row)
  return row.map { Float(Double($0) - total) }
}

private func logSumExp(_ row: UnsafeBufferPointer<Float>) -> Double {
  var largest = -Float.infinity
  for value in row where value > largest { largest = value }
  guard largest.isFinite else { return Double(largest) }
  var sum = 0.0
  for value in row where !value.isNaN { sum += exp(Double(value) - Double(largest)) }
  return Double(largest) + log(sum)
}

extension TransformerSession {
  /// Forwards a prompt and a continuation and scores the continuation, without committing anything.
  ///
  /// - Parameters:
  ///   - continuation: the tokens to score.
  ///   - prompt: the tokens before them, which follow the session's tokens; at least one.
  /// - Returns: -log p of every token of the continuation, in nats.
  /// - Throws: `TransformerError.emptyInput` for an empty prompt, `.contextFull`, `.tokenOutOfRange`. The session may
  ///   then hold a part of the tokens; truncate it.
  public func negativeLogLikelihoods(
    of continuation: [Int32], after prompt: [Int32]
  ) throws(TransformerError) -> [Double] {
    let needed = tokens.count + prompt.count + max(0, continuation.count - 1)
    guard needed <= contextLength else {
      throw .contextFull(limit: contextLength, needed: needed)
    }
    var logits = try forward(prompt, logits: .last)
    var scores: [Double] = []
    var start = 0
    // In chunks: all rows of a long text at once would be [tokens, vocabulary] Float32.
    while start < continuation.count {
      scores.append(
        logits.withRow(logits.rows - 1) { negativeLogLikelihood(of: continuation[start], in: $0) })
      let end = min(start + 128, continuation.count)
      // The prediction after the very last token is not needed.
      let input = Array(continuation[start..<min(end, continuation.count - 1)])
      guard !input.isEmpty else { break }
      logits = try forward(input, logits: .all)
      for (row, token) in continuation[(start + 1)..<end].enumerated() {
        scores.append(logits.withRow(row) { negativeLogLikelihood(of: token, in: $0) })
      }
      start = end
    }
    return scores
  }
}

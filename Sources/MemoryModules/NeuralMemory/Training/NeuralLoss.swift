/// What a neural memory is trained to do at test time.
package protocol NeuralLoss: Sendable {
  /// The loss of each pair and its slope in the output.
  ///
  /// - Parameters:
  ///   - output: M(k) of each pair, [count, outputs].
  ///   - deltas: Huber's delta of each pair, [count]; not read by the other losses.
  func gradient(_ output: [Float], _ pairs: NeuralChunk, deltas: [Float]) -> LossGradient
}

/// A chunk's gradients.
package struct LossGradient: Sendable {
  /// dL/dy, [count, outputs].
  package var values: [Float]
  /// The loss of each pair, [count].
  package var losses: [Float]
  /// Upper bound of the loss's curvature in the output y.
  package var curvature: Float
}

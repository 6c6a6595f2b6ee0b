import Tensors

/// Turns the configuration's rates into step sizes that mean the same on any model.
struct NeuralSteps {
  let configuration: NeuralConfiguration
  /// Upper bound of the loss's curvature in the output.
  let curvature: Float

  /// Steps for the next-token loss, in units of 1 / (curvature * (|inputs|^2 + 1)): a rate of 1 is one Newton step for a
  /// single token where softmax is as curved as can be. It is far flatter nearly everywhere, so larger rates pay; those of
  /// a chunk together are bounded by `trust`.
  func softmax(_ rates: [Float], eta: [Float], pass: NeuralLearner.Pass, leading: Int) -> [Float] {
    let total = zip(rates, eta).reduce(Float(0)) { $0 + $1.0 * max(0.01, 1 - $1.1) }
    let bound = total > configuration.trust ? configuration.trust / total : 1
    return rates.indices.map { token in
      var square: Float = 0
      for head in pass.heads {
        let input = head.inputs[head.inputs.count - 1]
        let columns = input.count / (leading + rates.count)
        var sum: Float = 0
        for column in 0..<columns {
          let value = input[(leading + token) * columns + column]
          sum += value * value
        }
        square = max(square, sum)
      }
      return rates[token] * bound / (curvature * (square + 1))
    }
  }

  /// Steps for losses of the error, whose curvature is known: a rate of at most 1.5 (from 2 on it would diverge) over the
  /// largest eigenvalue of the chunk's tangent kernel, bounded by those of the Gram matrices of what enters the last and
  /// the first layer. Tokens that look alike share one step; tokens that do not take one each.
  func squared(_ rates: [Float], pass: NeuralLearner.Pass, weights: [NeuralWeights]) -> [Float] {
    switch configuration.stepBound {
    case .chunk:
      let bound = kernelBound(pass, weights)
      return rates.map { min(1.5, $0) / (curvature * (bound + 1)) }
    case .weighted:
      // Pairs of an Omega window that stand before the chunk count as fully written.
      let pairs = pass.heads.first.map { head in
        head.inputs[0].count / max(1, weights[0].shapes[0].rows)
      }
      let leading = max(0, (pairs ?? 0) - rates.count)
      let full = [Float](repeating: rates.max() ?? 0, count: leading)
      let bound = kernelBound(pass, weights, scaledBy: (full + rates).map { $0.squareRoot() })
      return rates.map { $0 / (curvature * max(1, bound)) }
    }
  }

  /// An upper bound of the largest eigenvalue of the tangent kernel, its rows scaled if wanted.
  private func kernelBound(
    _ pass: NeuralLearner.Pass, _ weights: [NeuralWeights], scaledBy factors: [Float]? = nil
  ) -> Float {
    func scaled(_ rows: [Float], _ columns: Int) -> [Float] {
      guard let factors, columns > 0 else { return rows }
      return rows.indices.map { rows[$0] * factors[$0 / columns] }
    }
    var bound: Float = 0
    for (head, weights) in zip(pass.heads, weights) {
      let last = head.inputs.count - 1
      let count = head.output.count / max(1, weights.shapes[last].columns)
      var own = Self.largestEigenvalue(
        scaled(head.inputs[last], weights.shapes[last].rows),
        columns: weights.shapes[last].rows, count: count)
      if last > 0 {
        let layer = weights.layers[last]
        let gain = LinearAlgebra.dot(layer, layer, count: layer.count)
        own +=
          1.2 * gain
          * Self.largestEigenvalue(
            scaled(head.inputs[0], weights.shapes[0].rows),
            columns: weights.shapes[0].rows, count: count)
      }
      bound = max(bound, own)
    }
    return bound
  }

  /// The largest eigenvalue of X Xᵀ for rows X [count, columns], by power iteration.
  private static func largestEigenvalue(_ rows: [Float], columns: Int, count: Int) -> Float {
    let gram = LinearAlgebra.product(
      rows, rows, m: count, n: count, k: columns, transposeB: true)
    var vector = (0..<count).map { 1 + 0.01 * Float($0 % 5) }
    var length: Float = 0
    for _ in 0..<16 {
      let next = LinearAlgebra.product(gram, vector, m: count, n: 1, k: count)
      length = next.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 0 else { return 0 }
      vector = next.map { $0 / length }
    }
    return length
  }
}

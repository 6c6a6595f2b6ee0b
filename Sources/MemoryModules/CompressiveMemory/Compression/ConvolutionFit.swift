import Foundation
import Tensors

/// Fits the convolutions of one head so that attention over the compressed rows reproduces attention over the original
/// rows: the attention-reconstruction loss of the Compressive Transformer (arXiv 1911.05507, section 3.2, algorithm 2),
/// whose gradients do not flow into the model, so a frozen model needs no back-propagation.
///
/// Attention is by content only, as in the paper. In addition, the loss preserves the log-sum of the scores: here old
/// rows share one softmax with the conversation, and a head that gives them little weight must continue to do so.
package struct ConvolutionFit {
  /// One head's data in one block: old rows, and later queries.
  package struct Sample {
    /// [tokens, head dimension]; tokens is a multiple of the rate.
    package let keys: [Float]
    package let values: [Float]
    /// [queries, head dimension]
    package let queries: [Float]
    /// Attention over the rows themselves: outputs [queries, head dimension] and log-sums of the scores [queries].
    fileprivate let output: [Float]
    fileprivate let total: [Float]

    package init(keys: [Float], values: [Float], queries: [Float], dimension: Int) {
      self.keys = keys
      self.values = values
      self.queries = queries
      let seen = ConvolutionFit.attend(
        queries, keys: keys, values: values, dimension: dimension, bias: 0)
      (output, total) = (seen.output, seen.total)
    }
  }

  /// Kernels of a head's keys and values.
  package struct Kernels: Sendable {
    package var keys: RowCompressor.Kernel
    package var values: RowCompressor.Kernel

    package init(keys: RowCompressor.Kernel, values: RowCompressor.Kernel) {
      self.keys = keys
      self.values = values
    }
  }

  /// Weight of the squared difference of the log-sums; the relative squared error of the output has weight 1.
  package static let totalWeight: Float = 0.1

  let rate: Int
  let dimension: Int

  package init(rate: Int, dimension: Int) {
    self.rate = rate
    self.dimension = dimension
  }

  /// softmax(q k / sqrt(d) + bias) v for every query.
  fileprivate static func attend(
    _ queries: [Float], keys: [Float], values: [Float], dimension: Int, bias: Float
  ) -> (output: [Float], total: [Float], shares: [Float]) {
    let (m, n) = (queries.count / dimension, keys.count / dimension)
    var scores = LinearAlgebra.libraryProduct(
      queries, keys, m: m, n: n, k: dimension, transposeB: true)
    let scale = 1 / Float(dimension).squareRoot()
    var total = [Float](repeating: 0, count: m)
    scores.withUnsafeMutableBufferPointer { scores in
      guard let start = scores.baseAddress else { return }
      for index in scores.indices { scores[index] = scores[index] * scale + bias }
      for row in 0..<m { total[row] = LinearAlgebra.softmax(start + row * n, count: n) }
    }
    let output = LinearAlgebra.libraryProduct(scores, values, m: m, n: dimension, k: n)
    return (output, total, scores)
  }

  /// The loss of kernels on a sample: the mean over queries of the output's squared error, relative to the mean squared
  /// output, and of the log-sum's squared error times `totalWeight`.
  package func loss(_ kernels: Kernels, on sample: Sample) -> Float {
    evaluate(kernels, sample, needsGradient: false).loss
  }

  /// The same with its gradient with respect to the kernels.
  package func gradient(_ kernels: Kernels, on sample: Sample) -> (loss: Float, slope: Kernels) {
    let found = evaluate(kernels, sample, needsGradient: true)
    return (found.loss, found.slope ?? kernels)
  }

  private func evaluate(
    _ kernels: Kernels, _ sample: Sample, needsGradient: Bool
  ) -> (loss: Float, slope: Kernels?) {
    let d = dimension
    let m = sample.total.count
    let n = sample.keys.count / d / rate
    let keys = kernels.keys.applied(to: sample.keys, count: n)
    let values = kernels.values.applied(to: sample.values, count: n)
    let seen = Self.attend(
      sample.queries, keys: keys, values: values, dimension: d, bias: Float(rate).logarithm)
    let power = max(1e-12, sample.output.reduce(0) { $0 + $1 * $1 } / Float(m))
    var outputSlope = zip(seen.output, sample.output).map { $0 - $1 }  // [m, d]
    let totals = zip(seen.total, sample.total).map { $0 - $1 }  // [m]
    let loss =
      outputSlope.reduce(0) { $0 + $1 * $1 } / Float(m) / power
      + Self.totalWeight * totals.reduce(0) { $0 + $1 * $1 } / Float(m)
    guard needsGradient else { return (loss, nil) }
    let factor = 2 / (Float(m) * power)
    for index in outputSlope.indices { outputSlope[index] *= factor }
    // dV = P^T dO; dP = dO V^T; dS = P (dP - sum(P dP)) + P dL
    let valueSlope = LinearAlgebra.libraryProduct(
      seen.shares, outputSlope, m: n, n: d, k: m, transposeA: true)
    var scoreSlope = LinearAlgebra.libraryProduct(
      outputSlope, values, m: m, n: n, k: d, transposeB: true)
    let scale = 1 / Float(d).squareRoot()
    for row in 0..<m {
      var mean: Float = 0
      for column in row * n..<(row + 1) * n { mean += seen.shares[column] * scoreSlope[column] }
      let own = 2 * Self.totalWeight * totals[row] / Float(m) - mean
      for column in row * n..<(row + 1) * n {
        scoreSlope[column] = seen.shares[column] * (scoreSlope[column] + own) * scale
      }
    }
    let keySlope = LinearAlgebra.libraryProduct(
      scoreSlope, sample.queries, m: n, n: d, k: m, transposeA: true)
    return (
      loss,
      Kernels(
        keys: slope(of: sample.keys, keySlope, count: n),
        values: slope(of: sample.values, valueSlope, count: n))
    )
  }

  /// The gradient with respect to a kernel, given the gradient with respect to its output.
  private func slope(of rows: [Float], _ made: [Float], count: Int) -> RowCompressor.Kernel {
    var bias = [Float](repeating: 0, count: dimension)
    for index in made.indices { bias[index % dimension] += made[index] }
    return RowCompressor.Kernel(
      weights: LinearAlgebra.libraryProduct(
        rows, made, m: rate * dimension, n: dimension, k: count, transposeA: true), bias: bias)
  }

  /// Fits kernels with Adam, starting from the mean, and returns those with the lowest held-out loss.
  ///
  /// - Parameter heldOut: evaluated every ten steps; the mean is returned when nothing beats it.
  package func fit(
    _ samples: [Sample], heldOut: [Sample], steps: Int = 120, rate learningRate: Float = 2e-3
  ) -> Kernels {
    let mean = RowCompressor.Kernel.mean(rate: rate, dimension: dimension)
    var kernels = Kernels(keys: mean, values: mean)
    guard !samples.isEmpty, !heldOut.isEmpty else { return kernels }
    var best = (loss: judge(kernels, heldOut), kernels: kernels)
    var moments = kernels.all.map { [Float](repeating: 0, count: $0.count) }
    var squares = moments
    for step in 1...steps {
      let slope = gradient(kernels, on: samples[(step - 1) % samples.count]).slope.all
      let speed = learningRate * min(1, 2 * Float(steps - step + 1) / Float(steps))
      let (first, second) = (1 - pow(0.9, Float(step)), 1 - pow(0.99, Float(step)))
      var all = kernels.all
      for part in all.indices {
        for index in all[part].indices {
          let g = slope[part][index]
          moments[part][index] = 0.9 * moments[part][index] + 0.1 * g
          squares[part][index] = 0.99 * squares[part][index] + 0.01 * g * g
          all[part][index] -=
            speed * (moments[part][index] / first)
            / ((squares[part][index] / second).squareRoot() + 1e-8)
        }
      }
      kernels.all = all
      guard step % 10 == 0 || step == steps else { continue }
      let loss = judge(kernels, heldOut)
      if loss < best.loss { best = (loss, kernels) }
    }
    return best.kernels
  }

  /// The mean loss on samples; infinite when it is not finite.
  package func judge(_ kernels: Kernels, _ samples: [Sample]) -> Float {
    let loss = samples.reduce(0) { $0 + self.loss(kernels, on: $1) } / Float(max(1, samples.count))
    return loss.isFinite ? loss : .infinity
  }
}

extension ConvolutionFit.Kernels {
  /// All weights, for the steps of the fit.
  fileprivate var all: [[Float]] {
    get { [keys.weights, keys.bias, values.weights, values.bias] }
    set {
      keys = .init(weights: newValue[0], bias: newValue[1])
      values = .init(weights: newValue[2], bias: newValue[3])
    }
  }
}

import Foundation

/// One token of held-out text for fitting a gate.
public struct GateExample: Sendable {
  /// The features at that token.
  public var features: [Float]
  /// Log-probability of the token that followed under the plain model, nats.
  public var base: Float
  /// Log-probability of the token that followed under the memory's reading, nats; -infinity when it gives that token no
  /// probability.
  public var memory: Float
  /// The token's weight in the loss.
  public var weight: Float

  /// Creates an example.
  public init(features: [Float], base: Float, memory: Float, weight: Float = 1) {
    self.features = features
    self.base = base
    self.memory = memory
    self.weight = weight
  }
}

extension ReadoutGate {
  /// Mean negative log-likelihood of the mixture over examples, nats per unit of weight.
  public func loss(_ examples: [GateExample]) -> Double {
    var total = 0.0
    var weight = 0.0
    for example in examples {
      let g = Double(self(example.features))
      let mixed = (1 - g) * exp(Double(example.base)) + g * exp(Double(example.memory))
      total -= Double(example.weight) * log(max(mixed, 1e-30))
      weight += Double(example.weight)
    }
    return weight > 0 ? total / weight : 0
  }

  /// Fits a gate to examples by gradient descent (Adam) on the mixture's likelihood.
  ///
  /// - Parameters:
  ///   - examples: held-out tokens; the memory must not contain them.
  ///   - names: names of the features.
  ///   - openness: penalty on the mean of g, so that the gate of a useless memory stays closed (0.05 as in He et al.
  ///     2021).
  ///   - decay: L2 penalty on the weights.
  public static func fit(
    _ examples: [GateExample], names: [String], openness: Double = 0.05, decay: Double = 1e-3,
    steps: Int = 400
  ) -> ReadoutGate {
    let n = names.count
    var gate = normalisation(examples, names: names)
    guard !examples.isEmpty else { return gate }
    // [examples, features]
    let rows = examples.flatMap { example in
      (0..<n).map { index in
        max(-4, min(4, (example.features[index] - gate.mean[index]) / gate.scale[index]))
      }
    }
    let total = max(1e-9, examples.reduce(0) { $0 + Double($1.weight) })
    // Relative to the larger of the two, so that nothing underflows.
    let likelihoods = examples.map { example -> (base: Float, memory: Float, weight: Float) in
      let shift = max(example.base, example.memory)
      return (
        exp(example.base - shift), exp(example.memory - shift),
        Float(Double(example.weight) / total)
      )
    }
    var parameters = [Double](repeating: 0, count: n + 1)
    parameters[n] = -2
    var (first, second) = (parameters.map { _ in 0.0 }, parameters.map { _ in 0.0 })
    for step in 1...steps {
      var gradient = slopes(
        rows, likelihoods, weights: parameters.map { Float($0) }, openness: Float(openness))
      for feature in 0..<n { gradient[feature] += decay * parameters[feature] }
      let rate = 0.1 * (step > steps * 3 / 4 ? 0.2 : 1)
      for index in parameters.indices {
        first[index] = 0.9 * first[index] + 0.1 * gradient[index]
        second[index] = 0.99 * second[index] + 0.01 * gradient[index] * gradient[index]
        let a = first[index] / (1 - pow(0.9, Double(step)))
        let b = second[index] / (1 - pow(0.99, Double(step)))
        parameters[index] -= rate * a / (b.squareRoot() + 1e-10)
      }
    }
    gate.weights = parameters[0..<n].map { Float($0) }
    gate.bias = Float(parameters[n])
    return gate
  }

  /// The gradient of the mixture's loss with respect to the weights and the bias, [features + 1].
  private static func slopes(
    _ rows: [Float], _ likelihoods: [(base: Float, memory: Float, weight: Float)],
    weights: [Float], openness: Float
  ) -> [Double] {
    let n = weights.count - 1
    var gradient = [Double](repeating: 0, count: n + 1)
    rows.withUnsafeBufferPointer { rows in
      weights.withUnsafeBufferPointer { weights in
        gradient.withUnsafeMutableBufferPointer { gradient in
          for (index, example) in likelihoods.enumerated() {
            let start = index * n
            var z = weights[n]
            for feature in 0..<n { z += weights[feature] * rows[start + feature] }
            let g = 1 / (1 + exp(-z))
            let mixed = max(1e-12, (1 - g) * example.base + g * example.memory)
            let slope =
              example.weight * (openness - (example.memory - example.base) / mixed) * g * (1 - g)
            for feature in 0..<n {
              gradient[feature] += Double(slope * rows[start + feature])
            }
            gradient[n] += Double(slope)
          }
        }
      }
    }
    return gradient
  }

  /// A closed gate with the mean and scale of the features.
  private static func normalisation(_ examples: [GateExample], names: [String]) -> ReadoutGate {
    let count = Double(max(1, examples.count))
    var mean = [Double](repeating: 0, count: names.count)
    var square = mean
    for example in examples {
      for index in mean.indices {
        let value = Double(example.features[index])
        mean[index] += value / count
        square[index] += value * value / count
      }
    }
    let scale = zip(mean, square).map { max(1e-3, ($1 - $0 * $0).squareRoot()) }
    return ReadoutGate(
      names: names, mean: mean.map { Float($0) },
      scale: scale.map { $0.isFinite ? Float($0) : 1 },
      weights: [Float](repeating: 0, count: names.count), bias: -20)
  }
}

extension ReadoutGate {
  /// A gate that never opens.
  public static func closed(_ names: [String]) -> ReadoutGate {
    ReadoutGate(
      names: names, mean: names.map { _ in 0 }, scale: names.map { _ in 1 },
      weights: names.map { _ in 0 }, bias: -30)
  }

  /// Two-fold cross-validation: the loss of a gate fitted to half of the examples on the other half, and vice versa.
  public static func heldOutLoss(_ examples: [GateExample], names: [String]) -> Double {
    // In runs of 16, so that neighbouring tokens of one answer are mostly in the same half.
    let stride = max(1, examples.count / 6000)
    let examples =
      stride == 1
      ? examples : examples.indices.filter { $0 / 16 % stride == 0 }.map { examples[$0] }
    let even = examples.indices.filter { $0 / 16 % 2 == 0 }.map { examples[$0] }
    let odd = examples.indices.filter { $0 / 16 % 2 == 1 }.map { examples[$0] }
    guard !even.isEmpty, !odd.isEmpty else { return .infinity }
    let first = fit(even, names: names, steps: 150).loss(odd)
    let second = fit(odd, names: names, steps: 150).loss(even)
    return (first + second) / 2
  }
}

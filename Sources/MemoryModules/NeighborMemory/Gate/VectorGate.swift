import Foundation
import Memory
import Tensors
import Transformer

/// SPALM's read-out (arXiv 2102.02557): attention of the final hidden state h over the output embeddings y of the
/// neighbors' tokens, m = sum of softmax(y . h) y, and a gate g = sigmoid(w . h + b) between the two: z = (1 - g) m + g
/// h replaces h before the output matrix.
///
/// The model stays frozen; w and b are fitted to held-out text. Near g = 1 the logits are unchanged.
struct VectorGate: Sendable, Equatable {
  /// [width]
  var weights: [Float]
  var bias: Float

  /// The smallest memory weight 1 - g; below it the memory is left out.
  static let floor: Float = 0.01

  static func load(
    _ tensors: [String: ParameterTensor], width: Int
  ) throws(MemoryError) -> VectorGate? {
    guard let weights = tensors["spalm.weights"], let bias = tensors["spalm.bias"] else {
      return nil
    }
    guard weights.shape == [width], bias.shape == [1] else {
      throw .malformed(
        path: "the adapter", what: "the neighbor memory's vector gate is not sound",
        expected: "\(width) weights and a bias")
    }
    return VectorGate(weights: weights.values, bias: bias.values[0])
  }

  var tensors: [String: ParameterTensor] {
    var tensors: [String: ParameterTensor] = [:]
    tensors["spalm.weights"] = ParameterTensor(shape: [weights.count], values: weights)
    tensors["spalm.bias"] = ParameterTensor(shape: [1], values: [bias])
    return tensors
  }

  /// g: how much of the plain hidden state stays.
  func share(of hidden: [Float]) -> Float {
    1 / (1 + exp(-(LinearAlgebra.dot(weights, hidden, count: weights.count) + bias)))
  }

  /// m: the attention output over the neighbors' tokens, [width].
  ///
  /// - Parameters:
  ///   - seats: the number of entries per token.
  static func attention(
    _ tokens: [Int32], seats: [Float], hidden: [Float], matrix: OutputMatrix
  ) -> [Float] {
    let width = matrix.columns
    return matrix.withUnsafePointer { values in
      var scores = tokens.map {
        LinearAlgebra.dot(values + Int($0) * width, hidden, count: width)
      }
      let best = scores.max() ?? 0
      for index in scores.indices { scores[index] = seats[index] * exp(scores[index] - best) }
      let total = scores.reduce(0, +)
      var result = [Float](repeating: 0, count: width)
      for (token, score) in zip(tokens, scores) {
        LinearAlgebra.axpy(score / total, values + Int(token) * width, &result, count: width)
      }
      return result
    }
  }

  /// z = (1 - g) m + g h
  func mixed(_ attention: [Float], hidden: [Float]) -> [Float] {
    let g = share(of: hidden)
    return zip(attention, hidden).map { (1 - g) * $0 + g * $1 }
  }
}

extension VectorGate {
  /// One held-out token.
  struct Example {
    var hidden: [Float]
    var attention: [Float]
    var target: Int32
    var weight: Float
  }

  /// Fits w and b to the likelihood of held-out tokens: logits are linear in g, so the slope is exact and cheap.
  static func fit(
    _ examples: [Example], model: TransformerModel, steps: Int = 40
  ) -> VectorGate {
    let width = model.configuration.width
    var parameters = [Double](repeating: 0, count: width + 1)
    parameters[width] = 2
    var (first, second) = (parameters.map { _ in 0.0 }, parameters.map { _ in 0.0 })
    guard !examples.isEmpty else {
      return VectorGate(weights: .init(repeating: 0, count: width), bias: 30)
    }
    let batch = min(512, examples.count)
    for step in 1...steps {
      let start = (step - 1) * batch % examples.count
      let part = (0..<batch).map { examples[(start + $0) % examples.count] }
      let gate = VectorGate(
        weights: parameters[..<width].map { Float($0) }, bias: Float(parameters[width]))
      let slopes = gate.slopes(part, model: model)
      var gradient = [Double](repeating: 0, count: width + 1)
      let total = part.reduce(0) { $0 + Double($1.weight) }
      for (example, slope) in zip(part, slopes) {
        let value = Double(slope.slope) * Double(example.weight) / total
        for column in 0..<width { gradient[column] += value * Double(example.hidden[column]) }
        gradient[width] += value
      }
      for index in parameters.indices {
        if index < width { gradient[index] += 1e-3 * parameters[index] }
        first[index] = 0.9 * first[index] + 0.1 * gradient[index]
        second[index] = 0.99 * second[index] + 0.01 * gradient[index] * gradient[index]
        let a = first[index] / (1 - pow(0.9, Double(step)))
        let b = second[index] / (1 - pow(0.99, Double(step)))
        let rate = (index < width ? 0.01 : 0.1) * (step > steps * 3 / 4 ? 0.3 : 1)
        parameters[index] -= rate * a / (b.squareRoot() + 1e-10)
      }
    }
    return VectorGate(
      weights: parameters[..<width].map { Float($0) }, bias: Float(parameters[width]))
  }

  /// Mean negative log-likelihood, nats.
  func loss(_ examples: [Example], model: TransformerModel) -> Double {
    var (total, weight) = (0.0, 0.0)
    for start in stride(from: 0, to: examples.count, by: 256) {
      let part = Array(examples[start..<min(start + 256, examples.count)])
      for (example, slope) in zip(part, slopes(part, model: model)) {
        total += slope.loss * Double(example.weight)
        weight += Double(example.weight)
      }
    }
    return weight > 0 ? total / weight : 0
  }

  /// Loss of each example, and its derivative with respect to the log-odds of g.
  func slopes(
    _ examples: [Example], model: TransformerModel
  ) -> [(loss: Double, slope: Float)] {
    let vocabulary = model.configuration.vocabularySize
    let count = examples.count
    var (plain, voted) = (
      [Float](repeating: 0, count: count * vocabulary),
      [Float](repeating: 0, count: count * vocabulary)
    )
    let hidden = examples.flatMap(\.hidden)
    let attention = examples.flatMap(\.attention)
    model.project(hidden, rows: count, into: &plain)
    model.project(attention, rows: count, into: &voted)
    return examples.enumerated().map { index, example in
      let g = share(of: example.hidden)
      let start = index * vocabulary
      // Below the floor the memory is left out.
      let isClosed = 1 - g < Self.floor
      var mixed = (0..<vocabulary).map { token in
        isClosed ? plain[start + token] : (1 - g) * voted[start + token] + g * plain[start + token]
      }
      model.cap(&mixed, count: vocabulary)
      let slopes = model.logitSlopes(mixed)
      let target = mixed[Int(example.target)]
      let total = LinearAlgebra.softmax(&mixed, count: vocabulary)
      func difference(_ token: Int) -> Float {
        (plain[start + token] - voted[start + token]) * (slopes?[token] ?? 1)
      }
      var mean: Float = 0
      for token in 0..<vocabulary { mean += mixed[token] * difference(token) }
      let own = difference(Int(example.target))
      return (Double(total - target), -(own - mean) * g * (1 - g))
    }
  }
}

import Foundation
package import Memory
import Tensors

/// A small network that computes the gate's log-odds from features, with one hidden layer and a direct linear path.
package struct GateNetwork: Sendable, Equatable {
  static let hiddenUnits = 24

  /// Subtracted from each input, [inputs]
  var mean: [Float]
  /// Divides each input, [inputs]
  var scale: [Float]
  /// [hidden, inputs]
  var first: [Float]
  /// [hidden]
  var firstBias: [Float]
  /// [hidden]
  var second: [Float]
  /// Weights from the inputs directly to the output, [inputs]
  var direct: [Float]
  /// [1]
  var bias: Float

  var inputs: Int { mean.count }
  var hidden: Int { firstBias.count }

  /// The gate, 0...1, per row of features [rows, inputs]; 0 where one is not finite.
  package func openings(_ features: [Float], rows: Int) -> [Float] {
    let normal = normalised(features)
    return forward(normal, rows: rows).output.enumerated().map { row, odds in
      let isSound = (0..<inputs).allSatisfy { features[row * inputs + $0].isFinite }
      return isSound && odds.isFinite ? 1 / (1 + exp(-odds)) : 0
    }
  }

  /// Standardised inputs, clamped to four standard deviations.
  package func normalised(_ features: [Float]) -> [Float] {
    var normal = features
    for index in normal.indices {
      let column = index % inputs
      let value = (features[index] - mean[column]) / scale[column]
      normal[index] = value.isFinite ? max(-4, min(4, value)) : 0
    }
    return normal
  }

  /// The activations of the hidden layer [rows, hidden] and the log-odds [rows]; each row by itself, so that its bits do
  /// not depend on the others.
  package func forward(_ normal: [Float], rows: Int) -> (hidden: [Float], output: [Float]) {
    var units = [Float](repeating: 0, count: rows * hidden)
    var output = [Float](repeating: bias, count: rows)
    guard rows > 0 else { return (units, output) }
    normal.withUnsafeBufferPointer { normal in
      guard let x = normal.baseAddress else { return }
      LinearAlgebra.rowProducts(
        first, x, ldx: inputs, count: rows, into: &units, ldy: hidden, rows: hidden,
        columns: inputs)
      for row in 0..<rows {
        for unit in 0..<hidden {
          let value = tanh(units[row * hidden + unit] + firstBias[unit])
          units[row * hidden + unit] = value
          output[row] += second[unit] * value
        }
        output[row] += LinearAlgebra.dot(direct, x + row * inputs, count: inputs)
      }
    }
    return (units, output)
  }

  // MARK: - As slow weights

  package func tensors(prefix: String) -> [String: ParameterTensor] {
    let parts: [(String, [Int], [Float])] = [
      ("mean", [inputs], mean), ("scale", [inputs], scale), ("first", [hidden, inputs], first),
      ("first_bias", [hidden], firstBias), ("second", [hidden], second),
      ("direct", [inputs], direct), ("bias", [1], [bias]),
    ]
    var tensors: [String: ParameterTensor] = [:]
    for (name, shape, values) in parts {
      tensors["\(prefix).\(name)"] = ParameterTensor(shape: shape, values: values)
    }
    return tensors
  }

  /// The network saved under a prefix; nil when it is not there.
  ///
  /// - Throws: `MemoryError.malformed` when its parts disagree.
  package static func load(
    _ tensors: [String: ParameterTensor], prefix: String, inputs: Int
  ) throws(MemoryError) -> GateNetwork? {
    guard tensors.keys.contains(where: { $0.hasPrefix(prefix + ".") }) else { return nil }
    func part(_ name: String, _ shape: [Int]) throws(MemoryError) -> [Float] {
      guard let tensor = tensors["\(prefix).\(name)"], tensor.shape == shape else {
        throw .malformed(
          path: "the adapter", what: "the neighbor memory's gate '\(prefix)' is not sound",
          expected: "'\(name)' of shape \(shape)")
      }
      return tensor.values
    }
    let hidden = tensors["\(prefix).first_bias"]?.values.count ?? 0
    guard (1...1024).contains(hidden) else {
      throw .malformed(
        path: "the adapter", what: "the neighbor memory's gate '\(prefix)' is not sound",
        expected: "1 to 1024 hidden units")
    }
    let network = GateNetwork(
      mean: try part("mean", [inputs]), scale: try part("scale", [inputs]),
      first: try part("first", [hidden, inputs]), firstBias: try part("first_bias", [hidden]),
      second: try part("second", [hidden]), direct: try part("direct", [inputs]),
      bias: try part("bias", [1])[0])
    guard network.scale.allSatisfy({ $0 > 0 }) else {
      throw .malformed(
        path: "the adapter", what: "the neighbor memory's gate '\(prefix)' is not sound",
        expected: "positive scales")
    }
    return network
  }
}

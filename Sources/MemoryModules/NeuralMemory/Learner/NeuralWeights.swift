import Tensors

/// The weights of a memory MLP, or anything of the same shape: momentum, gradients, differences.
///
/// y = act(... act(k W_1) ...) W_L, row vectors, no biases.
package struct NeuralWeights: Sendable, Equatable {
  /// Inputs and outputs of each layer.
  package struct Shape: Sendable, Equatable {
    package let rows: Int
    package let columns: Int
    package var count: Int { rows * columns }

    package init(rows: Int, columns: Int) {
      self.rows = rows
      self.columns = columns
    }
  }

  package let shapes: [Shape]
  package let activation: NeuralConfiguration.Activation
  package var layers: [[Float]]  // per layer [rows, columns]

  /// Zeros.
  package init(shapes: [Shape], activation: NeuralConfiguration.Activation = .silu) {
    self.shapes = shapes
    self.activation = activation
    layers = shapes.map { [Float](repeating: 0, count: $0.count) }
  }

  /// The shapes of an MLP.
  package static func shapes(input: Int, hidden: Int, output: Int, depth: Int) -> [Shape] {
    let sizes = [input] + [Int](repeating: hidden, count: depth - 1) + [output]
    return zip(sizes, sizes.dropFirst()).map { Shape(rows: $0, columns: $1) }
  }

  /// M_0: random inner layers, a last layer of zeros, so that an unwritten memory reads exactly zero.
  ///
  /// Values are sums of twelve uniform numbers, close to normal and the same on every machine.
  package static func initial(
    shapes: [Shape], seed: UInt64, activation: NeuralConfiguration.Activation = .silu
  ) -> NeuralWeights {
    var weights = NeuralWeights(shapes: shapes, activation: activation)
    var state = seed
    func uniform() -> Float {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return Float((z ^ (z >> 31)) >> 40) * 0x1p-24
    }
    for layer in shapes.indices.dropLast() {
      // Keys have length 1, so unit variance gives inputs of unit variance; after an activation 1.6 / sqrt(n) does.
      let deviation = layer == 0 ? 1 : 1.6 / Float(shapes[layer].rows).squareRoot()
      for index in weights.layers[layer].indices {
        var sum: Float = -6
        for _ in 0..<12 { sum += uniform() }
        weights.layers[layer][index] = sum * deviation
      }
    }
    return weights
  }

  /// The number of values.
  package var count: Int { shapes.reduce(0) { $0 + $1.count } }

  /// Whether every value is finite.
  package var isFinite: Bool {
    layers.allSatisfy { layer in
      // A sum of squares is finite only if every value is, short of overflow, which must be refused too.
      LinearAlgebra.dot(layer, layer, count: layer.count).isFinite
    }
  }

  /// self + other
  package func adding(_ other: NeuralWeights) -> NeuralWeights {
    var result = self
    for layer in layers.indices {
      result.layers[layer] = layers[layer].combined(1, 1, other.layers[layer])
    }
    return result
  }
}

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
  package var layers: [[Float]]  // per layer [rows, columns]

  /// Zeros.
  package init(shapes: [Shape]) {
    self.shapes = shapes
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
  package static func initial(shapes: [Shape], seed: UInt64) -> NeuralWeights {
    var weights = NeuralWeights(shapes: shapes)
    var state = seed
    func uniform() -> Float {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return Float((z ^ (z >> 31)) >> 40) * 0x1p-24
    }
    for layer in shapes.indices.dropLast() {
      // Keys have length 1, so unit variance gives inputs of unit variance; behind an activation 1.6 / sqrt(n) does.
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
      // A sum is finite only if every value is, short of overflow, which must be refused too.
      layer.reduce(Float(0)) { $0 + abs($1) }.isFinite
    }
  }

  /// a self + b other
  package func combined(_ a: Float, _ b: Float, _ other: NeuralWeights) -> NeuralWeights {
    var result = self
    for layer in layers.indices {
      for index in result.layers[layer].indices {
        result.layers[layer][index] =
          a * layers[layer][index] + b * other.layers[layer][index]
      }
    }
    return result
  }
}

/// SiLU and its derivative (arXiv 1702.03118).
enum Activation {
  static func apply(_ z: [Float]) -> [Float] {
    var result = z
    let ones = [Float](repeating: 1, count: z.count)
    result.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      LinearAlgebra.siluMultiply(start, up: ones, count: buffer.count)
    }
    return result
  }

  /// d silu(z) / dz = s (1 + z (1 - s)) with s = sigmoid(z), given silu(z) = z s.
  static func derivative(_ z: [Float], activated: [Float]) -> [Float] {
    var result = [Float](repeating: 0.5, count: z.count)
    for index in z.indices where abs(z[index]) > 1e-6 {
      let s = activated[index] / z[index]
      result[index] = s * (1 + z[index] * (1 - s))
    }
    return result
  }
}

package import Memory
import Tensors
package import Transformer

/// Compresses `rate` rows to one, block by block (Compressive Transformer, arXiv 1911.05507, section 3.2).
///
/// Keys are compressed before RoPE: rotated to their positions, neighbouring keys would partly cancel each other.
///
/// | tensor | shape |
/// |---|---|
/// | `convolution.key`, `convolution.value` | [blocks, key/value heads, rate x head dimension, head dimension] |
/// | `convolution.key.bias`, `convolution.value.bias` | [blocks, key/value heads, head dimension] |
package struct RowCompressor: Sendable {
  /// The convolution of one head of one block.
  package struct Kernel: Sendable, Equatable {
    /// Maps the concatenated old rows to the new row, [rate x head dimension, head dimension].
    package var weights: [Float]
    /// [head dimension]
    package var bias: [Float]

    package init(weights: [Float], bias: [Float]) {
      self.weights = weights
      self.bias = bias
    }

    /// The kernel that computes the mean.
    package static func mean(rate: Int, dimension: Int) -> Kernel {
      var weights = [Float](repeating: 0, count: rate * dimension * dimension)
      for row in 0..<rate * dimension {
        weights[row * dimension + row % dimension] = 1 / Float(rate)
      }
      return Kernel(weights: weights, bias: [Float](repeating: 0, count: dimension))
    }

    /// Compresses rows, [count x rate, head dimension], to [count, head dimension].
    package func applied(to rows: [Float], count: Int) -> [Float] {
      let dimension = bias.count
      var result = LinearAlgebra.product(
        rows, weights, m: count, n: dimension, k: weights.count / dimension)
      for index in result.indices { result[index] += bias[index % dimension] }
      return result
    }
  }

  package let function: CompressionFunction
  package let rate: Int
  private let heads: Int
  private let dimension: Int
  /// [blocks x heads]; empty unless the function is the convolution.
  private let keys: [Kernel]
  private let values: [Kernel]

  private var columns: Int { heads * dimension }

  /// The compressor of a configuration, with the adapter's kernels.
  ///
  /// - Throws: `MemoryError.malformed` when a convolution is configured and its tensors do not fit the model.
  package init(
    _ configuration: CompressiveConfiguration, tensors: [String: ParameterTensor],
    model: TransformerConfiguration
  ) throws(MemoryError) {
    function = configuration.function
    rate = configuration.rate
    heads = model.keyValueHeadCount
    dimension = model.headDimension
    guard function == .convolution else {
      (keys, values) = ([], [])
      return
    }
    let (layers, heads, dimension, rate) = (model.layerCount, heads, dimension, rate)
    func kernels(_ name: String) throws(MemoryError) -> [Kernel] {
      let shape = [layers, heads, rate * dimension, dimension]
      guard let weights = tensors["convolution.\(name)"], weights.shape == shape,
        let bias = tensors["convolution.\(name).bias"], bias.shape == [layers, heads, dimension]
      else {
        throw .malformed(
          path: "the adapter",
          what: "it has no convolutions of rate \(rate) for the compressive memory",
          expected: "convolution.\(name) \(shape); compressive.function=mean needs none")
      }
      let size = rate * dimension * dimension
      return (0..<layers * heads).map { index in
        Kernel(
          weights: Array(weights.values[index * size..<(index + 1) * size]),
          bias: Array(bias.values[index * dimension..<(index + 1) * dimension]))
      }
    }
    keys = try kernels("key")
    values = try kernels("value")
  }

  /// The tensors of fitted kernels, [blocks x heads] each.
  package static func tensors(
    keys: [Kernel], values: [Kernel], layers: Int, rate: Int
  ) -> [String: ParameterTensor] {
    let heads = keys.count / layers
    var result: [String: ParameterTensor] = [:]
    for (name, kernels) in [("key", keys), ("value", values)] {
      let dimension = kernels.first?.bias.count ?? 0
      result["convolution.\(name)"] = ParameterTensor(
        shape: [layers, heads, rate * dimension, dimension], values: kernels.flatMap(\.weights))
      result["convolution.\(name).bias"] = ParameterTensor(
        shape: [layers, heads, dimension], values: kernels.flatMap(\.bias))
    }
    return result
  }

  /// Compresses `rate` plain rows to one.
  package func compressed(_ rows: RowBank) -> RowBank {
    func each(_ encoded: EncodedRows, _ kernels: [Kernel]) -> EncodedRows {
      EncodedRows(
        (0..<rows.shape.layers).map {
          one(encoded.decoded(layer: $0), layer: $0, kernels: kernels)
        }, shape: rows.shape, type: rows.type)
    }
    return RowBank(
      keys: each(rows.keys, keys), values: each(rows.values, values), sources: rows.sources,
      groups: [RowBank.Group(rows: 1, sources: rows.count)])
  }

  /// Compresses [rate, columns] to [columns].
  private func one(_ rows: [Float], layer: Int, kernels: [Kernel]) -> [Float] {
    switch function {
    case .mean:
      var sums = Array(rows[..<columns])
      for index in columns..<rows.count { sums[index % columns] += rows[index] }
      return sums.map { $0 / Float(rate) }
    case .max:
      var largest = Array(rows[..<columns])
      for index in columns..<rows.count {
        largest[index % columns] = Swift.max(largest[index % columns], rows[index])
      }
      return largest
    case .convolution:
      var result: [Float] = []
      for head in 0..<heads {
        let first = head * dimension
        var own: [Float] = []  // [rate x head dimension]
        for row in 0..<rate {
          own += rows[row * columns + first..<row * columns + first + dimension]
        }
        result += kernels[layer * heads + head].applied(to: own, count: 1)
      }
      return result
    case .mostUsed, .matching:
      preconditionFailure("segments are compressed by RowCompactor")
    }
  }
}

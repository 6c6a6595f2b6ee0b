package import Transformer

/// An adapter's slow weights for a wired memory, as `adapter.neural.<name>` tensors; row vectors, x W:
///
/// | name | shape | |
/// |---|---|---|
/// | `wiring.query`, `wiring.key` | [width, key columns] | W_Q, W_K (eq. 11) |
/// | `wiring.value` | [width, value columns] | W_V |
/// | `wiring.output` | [value columns, width] | W_O, back into the model |
/// | `wiring.gate.bias` | [width] | g = sigmoid(x W_G + b), per channel |
/// | `wiring.gate` | [width, width] | W_G; optional |
/// | `wiring.query.convolution`, `.key.`, `.value.` | [columns, kernel] | depthwise causal, the last tap is the token itself; optional |
/// | `wiring.memory.norm`, `wiring.attention.norm` | [width] | weights of the norms before the gate; optional, ones |
/// | `wiring.rates`, `wiring.rates.bias` | [width, 3], [3] | alpha, eta, theta of a token; optional |
/// | `wiring.context.key`, `wiring.context.value` | [width, key/value columns] | rows of eq. 22; optional |
/// | `wiring.query.attention` | [width, key columns] | `context`: W_A of the second read; optional |
/// | `wiring.context.bias` | [1] | added to those rows' attention scores; optional, 0 |
/// | `persistent.keys`, `persistent.values` | [N_p, key/value columns] | rows of eq. 19, before RoPE; optional |
/// | `initial.<head>.<layer>` | as the MLP | M_0; optional |
///
/// x is `blocks.<layer>.ln1.hook_normalized`, the input of the block's attention, which nothing at that layer has changed:
/// queries, keys, values and gates are made of what the plain model computes there.
package struct NeuralWiring: Sendable {
  package let plan: NeuralWiringPlan
  package let width: Int
  package let keyColumns: Int
  package let valueColumns: Int
  /// Columns of attention's keys and values.
  let attentionColumns: Int
  let heads: Int
  let learningRate: Float
  let epsilon: Float
  package let query: Projection
  package let key: Projection
  package let value: Projection
  let output: [Float]  // [valueColumns, width]
  let gate: [Float]?  // [width, width]
  let gateBias: [Float]  // [width]
  let memoryNorm: [Float]  // [width]
  let attentionNorm: [Float]  // [width]
  let rates: [Float]?  // [width, 3]
  let ratesBias: [Float]  // [3]
  let contextKey: [Float]?  // [width, attentionColumns]
  let contextValue: [Float]?  // [width, attentionColumns]
  let contextBias: Float
  let attentionQuery: [Float]?  // [width, keyColumns]
  let persistentKeys: [Float]  // [persistentCount, attentionColumns]
  let persistentValues: [Float]
  let persistentCount: Int

  /// The measures of a model that a wiring must fit.
  package struct Model: Sendable {
    /// Values per row of the residual stream.
    package let width: Int
    package let layers: Int
    /// Columns of attention's keys and values.
    package let attentionColumns: Int
    package let normEpsilon: Float

    package init(width: Int, layers: Int, attentionColumns: Int, normEpsilon: Float) {
      self.width = width
      self.layers = layers
      self.attentionColumns = attentionColumns
      self.normEpsilon = normEpsilon
    }

    /// Those of a loaded model.
    package init(_ model: TransformerConfiguration) {
      self.init(
        width: model.width, layers: model.layerCount,
        attentionColumns: model.keyValueHeadCount * model.headDimension,
        normEpsilon: model.normEpsilon)
    }
  }

  /// One of W_Q, W_K, W_V with its convolution.
  package struct Projection: Sendable {
    let weights: [Float]  // [width, columns]
    let columns: Int
    let taps: [Float]  // [columns, kernel]; empty without a convolution
    let kernel: Int
  }

  /// Whether the adapter computes each token's alpha, eta and theta.
  package var hasTokenGates: Bool { rates != nil }

  /// Whether a token can have an eta above 0; a bias of -30 or less without weights is a plain 0.
  package var hasMomentum: Bool {
    guard let rates else { return false }
    return ratesBias[1] > -30 || stride(from: 1, to: rates.count, by: 3).contains { rates[$0] != 0 }
  }

  /// Positions a convolution looks back.
  package var reach: Int { max(query.kernel, key.kernel, value.kernel) - 1 }

  /// Values of the activations kept for it.
  var tailCount: Int { reach * width }
}

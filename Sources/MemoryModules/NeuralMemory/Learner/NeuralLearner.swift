package import Memory
import Tensors

/// The heads of a neural memory as one learner: each head sees its share of a key, scaled to length 1 and lifted by the
/// key features, and answers with its share of the output.
package struct NeuralLearner: Sendable, Equatable {
  /// How keys and outputs are divided.
  package struct Plan: Sendable, Equatable {
    package let heads: Int
    package let keyColumns: Int
    package let outputs: Int
    package let features: NeuralConfiguration.KeyFeatures

    package init(
      heads: Int, keyColumns: Int, outputs: Int, features: NeuralConfiguration.KeyFeatures
    ) {
      self.heads = heads
      self.keyColumns = keyColumns
      self.outputs = outputs
      self.features = features
    }
  }

  package let plan: Plan
  package var heads: [NeuralCore]

  /// An unwritten learner; nil when the configuration does not divide into heads.
  package init?(_ configuration: NeuralConfiguration, keyColumns: Int, outputs: Int) {
    guard
      let shapes = configuration.headShapes(keyColumns: keyColumns, outputs: outputs)
    else { return nil }
    plan = Plan(
      heads: configuration.heads, keyColumns: keyColumns, outputs: outputs,
      features: configuration.keyFeatures)
    heads = (0..<configuration.heads).map { head in
      NeuralCore(
        shapes: shapes, seed: configuration.seed &+ UInt64(head) &* 0x9e37_79b9,
        activation: configuration.activation, writeRule: configuration.writeRule)
    }
  }

  /// Takes M_0 from an adapter's tensors `initial.<head>.<layer>` where it has them; persistent knowledge that needs no
  /// rows of its own (eq. 19's role for a memory without attention). A tensor of fewer rows than the layer leaves the
  /// others at zero.
  ///
  /// - Returns: whether every such tensor fits.
  package mutating func replaceInitial(by tensors: [String: ParameterTensor]) -> Bool {
    for head in heads.indices {
      var initial = heads[head].initial
      for (layer, shape) in initial.shapes.enumerated() {
        guard let tensor = tensors["initial.\(head).\(layer)"] else { continue }
        guard tensor.shape.count == 2, tensor.shape[0] <= shape.rows,
          tensor.shape[1] == shape.columns
        else { return false }
        initial.layers[layer] =
          tensor.values
          + [Float](repeating: 0, count: (shape.rows - tensor.shape[0]) * shape.columns)
      }
      heads[head].initial = initial
    }
    return true
  }

  /// Says that no gate ever brings momentum.
  package mutating func dropMomentum() {
    for head in heads.indices { heads[head].keepsMomentum = false }
  }

  /// M at the anchor, one per head.
  package var weights: [NeuralWeights] { heads.map(\.weights) }

  /// Values of weights and momentum together.
  package var count: Int { heads.reduce(0) { $0 + $1.difference.count + $1.momentum.count } }

  /// Whether every value is finite.
  package var isFinite: Bool {
    heads.allSatisfy { $0.difference.isFinite && $0.momentum.isFinite }
  }

  /// A forward pass of all heads.
  package struct Pass {
    package var heads: [NeuralCore.Pass]
    package var output: [Float]  // [count, outputs]
  }

  /// What each head sees of rows of keys, [keyColumns] each.
  package func inputs(_ keys: [Float], count: Int) -> [[Float]] {
    let columns = plan.keyColumns / plan.heads
    return (0..<plan.heads).map { head in
      // One head sees keys as they come: of length 1 already.
      guard plan.heads > 1 else {
        return plan.features.apply(keys, count: count, columns: columns)
      }
      var part = Self.columns(head, of: keys, count: count, heads: plan.heads)
      part.withUnsafeMutableBufferPointer { part in
        guard let start = part.baseAddress else { return }
        for row in 0..<count {
          LinearAlgebra.normalize(start + row * columns, count: columns)
        }
      }
      return plan.features.apply(part, count: count, columns: columns)
    }
  }

  /// M(k) of all heads with given weights.
  package func forward(_ keys: [Float], count: Int, _ weights: [NeuralWeights]) -> Pass {
    let passes = zip(inputs(keys, count: count), weights).map { input, weights in
      NeuralCore.forward(input, count: count, weights)
    }
    return Pass(heads: passes, output: Self.join(passes.map(\.output), count: count))
  }

  /// dL/d(sum) of each layer of each head.
  package func backward(
    _ outputGradient: [Float], _ pass: Pass, count: Int, _ weights: [NeuralWeights]
  ) -> [[[Float]]] {
    zip(pass.heads, weights).enumerated().map { head, item in
      NeuralCore.backward(
        Self.columns(head, of: outputGradient, count: count, heads: plan.heads), item.0,
        count: count, item.1)
    }
  }

  /// Writes a chunk in the chunk form.
  package mutating func advance(_ gates: ChunkGates, pass: Pass, deltas: [[[Float]]]) {
    for head in heads.indices {
      heads[head].advance(gates, pass: pass.heads[head], deltas: deltas[head])
    }
  }

  /// Writes a chunk token by token; `visit` sees all heads' weights after each token.
  package mutating func advanceTokenwise(
    _ gates: ChunkGates, pass: Pass, deltas: [[[Float]]],
    visit: (Int, [NeuralWeights]) -> Void = { _, _ in }
  ) {
    var seen = [[NeuralWeights]](repeating: [], count: gates.count)
    for head in heads.indices {
      heads[head].advanceTokenwise(gates, pass: pass.heads[head], deltas: deltas[head]) {
        seen[$0].append($1)
      }
    }
    for (token, weights) in seen.enumerated() { visit(token, weights) }
  }

  /// What each token of a chunk would read right after its own write.
  package func readWithinChunk(
    _ queries: [Float], _ gates: ChunkGates, pass: Pass, deltas: [[[Float]]]
  ) -> [Float] {
    let parts = inputs(queries, count: gates.count).enumerated().map { head, input in
      heads[head].readWithinChunk(input, gates, pass: pass.heads[head], deltas: deltas[head])
    }
    return Self.join(parts, count: gates.count)
  }

  /// The columns of one head out of rows that hold all heads'.
  static func columns(_ head: Int, of rows: [Float], count: Int, heads: Int) -> [Float] {
    guard heads > 1, count > 0 else { return rows }
    let width = rows.count / count
    let part = width / heads
    return [Float](unsafeUninitializedCapacity: count * part) { buffer, filled in
      for row in 0..<count {
        for column in 0..<part {
          buffer[row * part + column] = rows[row * width + head * part + column]
        }
      }
      filled = count * part
    }
  }

  /// The heads' rows side by side.
  static func join(_ parts: [[Float]], count: Int) -> [Float] {
    guard parts.count > 1, count > 0 else { return parts.first ?? [] }
    let part = parts[0].count / count
    let width = part * parts.count
    return [Float](unsafeUninitializedCapacity: count * width) { buffer, filled in
      for (head, values) in parts.enumerated() {
        for row in 0..<count {
          for column in 0..<part {
            buffer[row * width + head * part + column] = values[row * part + column]
          }
        }
      }
      filled = count * width
    }
  }
}

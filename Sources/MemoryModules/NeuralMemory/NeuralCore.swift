import Tensors

/// The test-time learner: Titans' recurrences on an MLP (arXiv 2501.00663, eqs. 12-16), as plain values.
///
/// Weights are M_0 + difference, so that forgetting decays towards M_0. `advance` is the chunk form; `advanceTokenwise`
/// the same mathematics token by token, kept as its reference.
package struct NeuralCore: Sendable, Equatable {
  /// M_0.
  package let initial: NeuralWeights
  /// What was learned: M - M_0 at the anchor.
  package var difference: NeuralWeights
  /// Past surprise S.
  package var momentum: NeuralWeights

  package init(shapes: [NeuralWeights.Shape], seed: UInt64) {
    initial = .initial(shapes: shapes, seed: seed)
    difference = NeuralWeights(shapes: shapes)
    momentum = NeuralWeights(shapes: shapes)
  }

  /// A learner in a given state.
  package init(initial: NeuralWeights, difference: NeuralWeights, momentum: NeuralWeights) {
    self.initial = initial
    self.difference = difference
    self.momentum = momentum
  }

  package var shapes: [NeuralWeights.Shape] { initial.shapes }

  /// M at the anchor.
  package var weights: NeuralWeights { initial.combined(1, 1, difference) }

  /// The forward pass for a batch of keys.
  package struct Pass {
    package var inputs: [[Float]]  // per layer what enters it, [count, rows]; the first is the keys
    package var sums: [[Float]]  // per layer its output before the activation, [count, columns]
    package var output: [Float] { sums.last ?? [] }  // [count, outputs]
  }

  package static func forward(_ keys: [Float], count: Int, _ weights: NeuralWeights) -> Pass {
    var pass = Pass(inputs: [], sums: [])
    var input = keys
    for (layer, shape) in weights.shapes.enumerated() {
      let sum = LinearAlgebra.product(
        input, weights.layers[layer], m: count, n: shape.columns, k: shape.rows)
      pass.inputs.append(input)
      pass.sums.append(sum)
      if layer < weights.shapes.count - 1 { input = Activation.apply(sum) }
    }
    return pass
  }

  /// dL/d(sum) of each layer for given dL/d(output), [count, columns] per layer.
  package static func backward(
    _ outputGradient: [Float], _ pass: Pass, count: Int, _ weights: NeuralWeights
  ) -> [[Float]] {
    var deltas = [[Float]](repeating: [], count: weights.shapes.count)
    var delta = outputGradient
    for layer in weights.shapes.indices.reversed() {
      deltas[layer] = delta
      guard layer > 0 else { break }
      let shape = weights.shapes[layer]
      let upstream = LinearAlgebra.product(
        delta, weights.layers[layer], m: count, n: shape.rows, k: shape.columns, transposeB: true)
      let slope = Activation.derivative(
        pass.sums[layer - 1], activated: pass.inputs[layer])
      delta = zip(upstream, slope).map { $0 * $1 }
    }
    return deltas
  }

  /// The chunk form: the whole chunk's gradients at once, then one weighted sum.
  package mutating func advance(_ gates: ChunkGates, pass: Pass, deltas: [[Float]]) {
    let totals = gates.scan()
    let count = gates.count
    for (layer, shape) in shapes.enumerated() {
      var old = difference.layers[layer]
      let past = momentum.layers[layer]
      for index in old.indices { old[index] = totals.beta * old[index] + totals.f * past[index] }
      Self.subtract(
        totals.g, pass.inputs[layer], deltas[layer], from: &old, count: count, shape: shape)
      var new = past
      for index in new.indices { new[index] *= totals.m }
      Self.subtract(
        totals.n, pass.inputs[layer], deltas[layer], from: &new, count: count, shape: shape)
      difference.layers[layer] = old
      momentum.layers[layer] = new
    }
  }

  /// target -= (weights .* inputs)ᵀ deltas
  private static func subtract(
    _ weights: [Float], _ inputs: [Float], _ deltas: [Float], from target: inout [Float],
    count: Int, shape: NeuralWeights.Shape
  ) {
    var scaled = inputs
    for row in 0..<count {
      for column in 0..<shape.rows { scaled[row * shape.rows + column] *= weights[row] }
    }
    LinearAlgebra.gemm(
      m: shape.rows, n: shape.columns, k: count, alpha: -1, a: scaled, transposeA: true,
      lda: shape.rows, b: deltas, ldb: shape.columns, beta: 1, c: &target, ldc: shape.columns)
  }

  /// The token loop: S_t = eta_t S_{t-1} - theta_t u_t, D_t = (1 - alpha_t) D_{t-1} + S_t, in plain Swift.
  package mutating func advanceTokenwise(
    _ gates: ChunkGates, pass: Pass, deltas: [[Float]],
    visit: (Int, NeuralWeights) -> Void = { _, _ in }
  ) {
    for token in 0..<gates.count {
      for (layer, shape) in shapes.enumerated() {
        for row in 0..<shape.rows {
          let input = pass.inputs[layer][token * shape.rows + row]
          for column in 0..<shape.columns {
            let index = row * shape.columns + column
            let gradient = input * deltas[layer][token * shape.columns + column]
            momentum.layers[layer][index] =
              gates.eta[token] * momentum.layers[layer][index] - gates.theta[token] * gradient
            difference.layers[layer][index] =
              (1 - gates.alpha[token]) * difference.layers[layer][index]
              + momentum.layers[layer][index]
          }
        }
      }
      visit(token, weights)
    }
  }

  /// What each token of the chunk would read right after its own write, in the chunk form: M_i(q_i) without making M_i.
  ///
  /// - Parameter queries: [count, inputs].
  /// - Returns: [count, outputs].
  package func readWithinChunk(
    _ queries: [Float], _ gates: ChunkGates, pass: Pass, deltas: [[Float]]
  ) -> [Float] {
    let count = gates.count
    var beta = [Float](repeating: 0, count: count)
    var f = beta
    var g = [Float](repeating: 0, count: count * count)
    gates.scan { token, totals in
      beta[token] = totals.beta
      f[token] = totals.f
      for other in 0...token { g[token * count + other] = totals.g[other] }
    }
    var input = queries
    for (layer, shape) in shapes.enumerated() {
      func product(_ weights: [Float]) -> [Float] {
        LinearAlgebra.product(input, weights, m: count, n: shape.columns, k: shape.rows)
      }
      let fixed = product(initial.layers[layer])
      let learned = product(difference.layers[layer])
      let past = product(momentum.layers[layer])
      // (G .* X Xᵀ_chunk) D: what the chunk's own writes add
      var overlap = LinearAlgebra.product(
        input, pass.inputs[layer], m: count, n: count, k: shape.rows, transposeB: true)
      for index in overlap.indices { overlap[index] *= g[index] }
      let own = LinearAlgebra.product(
        overlap, deltas[layer], m: count, n: shape.columns, k: count)
      var sum = fixed
      for row in 0..<count {
        for column in 0..<shape.columns {
          let index = row * shape.columns + column
          sum[index] += beta[row] * learned[index] + f[row] * past[index] - own[index]
        }
      }
      input = layer < shapes.count - 1 ? Activation.apply(sum) : sum
    }
    return input
  }
}

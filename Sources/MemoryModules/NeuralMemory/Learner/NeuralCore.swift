import Tensors

/// The test-time learner of one head: Titans' recurrences on an MLP (arXiv 2501.00663, eqs. 12-16), as plain values.
///
/// Weights are M_0 + difference, so that forgetting decays towards M_0. `advance` is the chunk form; `advanceTokenwise`
/// the same mathematics token by token, kept as its reference.
package struct NeuralCore: Sendable, Equatable {
  /// M_0.
  package var initial: NeuralWeights
  /// What was learned: M - M_0 at the anchor.
  package var difference: NeuralWeights
  /// Past surprise S.
  package var momentum: NeuralWeights
  /// Whether past surprise is kept; without momentum nothing ever reads it, and it stays zero.
  package var keepsMomentum = true
  /// How a chunk is written.
  package var writeRule = NeuralConfiguration.WriteRule.gradient

  package init(
    shapes: [NeuralWeights.Shape], seed: UInt64,
    activation: NeuralConfiguration.Activation = .silu,
    writeRule: NeuralConfiguration.WriteRule = .gradient
  ) {
    initial = .initial(shapes: shapes, seed: seed, activation: activation)
    difference = NeuralWeights(shapes: shapes, activation: activation)
    momentum = difference
    self.writeRule = writeRule
  }

  /// A learner in a given state.
  package init(initial: NeuralWeights, difference: NeuralWeights, momentum: NeuralWeights) {
    self.initial = initial
    self.difference = difference
    self.momentum = momentum
  }

  package var shapes: [NeuralWeights.Shape] { initial.shapes }

  /// M at the anchor.
  package var weights: NeuralWeights { initial.adding(difference) }

  /// The forward pass for a batch of keys.
  package struct Pass {
    /// Per layer what enters it, [count, rows]; the first is the keys.
    package var inputs: [[Float]]
    /// Per layer but the last the activation's derivative, [count, columns].
    package var slopes: [[Float]]
    package var output: [Float]  // [count, outputs]
  }

  package static func forward(_ keys: [Float], count: Int, _ weights: NeuralWeights) -> Pass {
    var pass = Pass(inputs: [], slopes: [], output: [])
    var input = keys
    for (layer, shape) in weights.shapes.enumerated() {
      let sum = LinearAlgebra.product(
        input, weights.layers[layer], m: count, n: shape.columns, k: shape.rows)
      pass.inputs.append(input)
      if layer < weights.shapes.count - 1 {
        let (value, slope) = weights.activation.apply(sum)
        pass.slopes.append(slope)
        input = value
      } else {
        pass.output = sum
      }
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
      var upstream = LinearAlgebra.product(
        delta, weights.layers[layer], m: count, n: shape.rows, k: shape.columns, transposeB: true)
      pass.slopes[layer - 1].withUnsafeBufferPointer { slope in
        upstream.withUnsafeMutableBufferPointer { upstream in
          guard let x = upstream.baseAddress, let y = slope.baseAddress else { return }
          for index in 0..<upstream.count { x[index] *= y[index] }
        }
      }
      delta = upstream
    }
    return deltas
  }

  /// The chunk form: the whole chunk's gradients at once, then one weighted sum.
  ///
  /// - Parameters:
  ///   - pass: of `gates.pairs` rows at the anchor; likewise `deltas`.
  package mutating func advance(_ gates: ChunkGates, pass: Pass, deltas: [[Float]]) {
    let totals = gates.scan()
    for (layer, shape) in shapes.enumerated() {
      let past = momentum.layers[layer]
      func add(_ weights: [Float], to target: inout [Float]) {
        Self.subtract(
          weights, pass.inputs[layer], deltas[layer], from: &target, count: gates.pairs,
          shape: shape)
      }
      switch writeRule {
      case .gradient:
        // beta D + f S - sum_j G_j u_j
        var next = difference.layers[layer].combined(totals.beta, totals.f, past)
        add(totals.g, to: &next)
        difference.layers[layer] = next
      case .newtonSchulz:
        var write = past.scaled(by: totals.f)
        add(totals.g, to: &write)
        NewtonSchulz.orthogonalize(&write, shape)
        difference.layers[layer] = difference.layers[layer].combined(totals.beta, 1, write)
      }
      guard keepsMomentum else { continue }
      var next = past.scaled(by: totals.m)
      add(totals.n, to: &next)
      momentum.layers[layer] = next
    }
  }

  /// target -= (weights .* inputs)ᵀ deltas
  private static func subtract(
    _ weights: [Float], _ inputs: [Float], _ deltas: [Float], from target: inout [Float],
    count: Int, shape: NeuralWeights.Shape
  ) {
    // Without momentum only the last token's surprise is left of a chunk: rows of no weight are left out.
    let first = weights.firstIndex { $0 != 0 } ?? count
    let used = count - first
    let scaled = [Float](unsafeUninitializedCapacity: used * shape.rows) { buffer, filled in
      inputs.withUnsafeBufferPointer { inputs in
        guard let source = inputs.baseAddress, let target = buffer.baseAddress else { return }
        for row in 0..<used {
          let weight = weights[first + row]
          let (from, to) = (source + (first + row) * shape.rows, target + row * shape.rows)
          for column in 0..<shape.rows { to[column] = weight * from[column] }
        }
      }
      filled = used * shape.rows
    }
    deltas.withUnsafeBufferPointer { deltas in
      guard let start = deltas.baseAddress else { return }
      LinearAlgebra.gemm(
        m: shape.rows, n: shape.columns, k: used, alpha: -1, a: scaled, transposeA: true,
        lda: shape.rows, b: start + first * shape.columns, ldb: shape.columns, beta: 1,
        c: &target, ldc: shape.columns)
    }
  }

  /// The token loop in plain Swift: S_t = eta_t S_{t-1} - theta_t sum_i gamma^{t-i} u_i, D_t = (1 - alpha_t) D_{t-1} + S_t.
  ///
  /// Under `newtonSchulz` what was added since the anchor is orthogonalised after every token anew: that is what a chunk
  /// ending there would have written.
  package mutating func advanceTokenwise(
    _ gates: ChunkGates, pass: Pass, deltas: [[Float]],
    visit: (Int, NeuralWeights) -> Void = { _, _ in }
  ) {
    var kept = difference  // what is left of D at the anchor
    var write = NeuralWeights(shapes: shapes, activation: initial.activation)
    for token in 0..<gates.count {
      if gates.isWritten[token] {
        for (layer, shape) in shapes.enumerated() {
          for row in 0..<shape.rows {
            for column in 0..<shape.columns {
              let index = row * shape.columns + column
              var gradient: Float = 0
              for (pair, weight) in gates.window(of: token) {
                gradient +=
                  weight * pass.inputs[layer][pair * shape.rows + row]
                  * deltas[layer][pair * shape.columns + column]
              }
              let surprise =
                gates.eta[token] * momentum.layers[layer][index] - gates.theta[token] * gradient
              let keep = 1 - gates.alpha[token]
              momentum.layers[layer][index] = surprise
              kept.layers[layer][index] *= keep
              write.layers[layer][index] = keep * write.layers[layer][index] + surprise
            }
          }
        }
        for (layer, shape) in shapes.enumerated() {
          var added = write.layers[layer]
          if writeRule == .newtonSchulz { NewtonSchulz.orthogonalizeReference(&added, shape) }
          difference.layers[layer] = zip(kept.layers[layer], added).map { $0 + $1 }
        }
      }
      visit(token, weights)
    }
  }

  /// What each token of the chunk would read right after its own write, in the chunk form: M_i(q_i) without making M_i.
  ///
  /// For linear writes; an orthogonalised one has no such form.
  ///
  /// - Parameter queries: [count, inputs].
  /// - Returns: [count, outputs].
  package func readWithinChunk(
    _ queries: [Float], _ gates: ChunkGates, pass: Pass, deltas: [[Float]]
  ) -> [Float] {
    precondition(writeRule == .gradient, "an orthogonalised write is not linear in its tokens")
    let (count, pairs) = (gates.count, gates.pairs)
    var beta = [Float](repeating: 0, count: count)
    var f = beta
    var g = [Float](repeating: 0, count: count * pairs)
    gates.scan { token, totals in
      beta[token] = totals.beta
      f[token] = totals.f
      for other in 0..<pairs { g[token * pairs + other] = totals.g[other] }
    }
    let pastMatters = f.contains { $0 != 0 } && momentum.layers.joined().contains { $0 != 0 }
    var input = queries
    for (layer, shape) in shapes.enumerated() {
      func product(_ weights: [Float]) -> [Float] {
        LinearAlgebra.product(input, weights, m: count, n: shape.columns, k: shape.rows)
      }
      var sum = product(initial.layers[layer])
      let learned = product(difference.layers[layer])
      let past = pastMatters ? product(momentum.layers[layer]) : []
      // (G .* X Xᵀ_chunk) D: what the chunk's own writes add
      var overlap = LinearAlgebra.product(
        input, pass.inputs[layer], m: count, n: pairs, k: shape.rows, transposeB: true)
      for index in overlap.indices { overlap[index] *= g[index] }
      for row in 0..<count {
        for column in 0..<shape.columns {
          let index = row * shape.columns + column
          sum[index] += beta[row] * learned[index]
          if pastMatters { sum[index] += f[row] * past[index] }
        }
      }
      LinearAlgebra.gemm(
        m: count, n: shape.columns, k: pairs, alpha: -1, a: overlap, lda: pairs,
        b: deltas[layer], ldb: shape.columns, beta: 1, c: &sum, ldc: shape.columns)
      input = layer < shapes.count - 1 ? initial.activation.value(sum) : sum
    }
    return input
  }
}

extension [Float] {
  /// self = keeping * self + other
  mutating func accumulate(_ other: [Float], keeping: Float) {
    precondition(other.count == count, "weights of another shape")
    withUnsafeMutableBufferPointer { target in
      for index in target.indices { target[index] = keeping * target[index] + other[index] }
    }
  }

  /// a self + b other; a factor of 0 leaves its side out.
  func combined(_ a: Float, _ b: Float, _ other: [Float]) -> [Float] {
    precondition(other.count == count, "weights of another shape")
    if b == 0 { return scaled(by: a) }
    let count = count
    return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      withUnsafeBufferPointer { own in
        other.withUnsafeBufferPointer { other in
          guard let x = own.baseAddress, let y = other.baseAddress, let z = buffer.baseAddress
          else { return }
          for index in 0..<count { z[index] = a * x[index] + b * y[index] }
        }
      }
      filled = count
    }
  }

  /// a self; 0 for a = 0, whatever stood there.
  func scaled(by a: Float) -> [Float] {
    if a == 1 { return self }
    if a == 0 { return [Float](repeating: 0, count: count) }
    let count = count
    return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      withUnsafeBufferPointer { own in
        guard let x = own.baseAddress, let z = buffer.baseAddress else { return }
        for index in 0..<count { z[index] = a * x[index] }
      }
      filled = count
    }
  }
}

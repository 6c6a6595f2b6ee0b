package import Memory
import Tensors

extension NeuralMemory {
  /// A chunk's write.
  package struct Step {
    package var learner: NeuralLearner
    package var gates: ChunkGates
    package var surprises: [TokenSurprise]
  }

  /// Gradients at the anchor and the gates of a chunk.
  package struct Prepared {
    package var gates: ChunkGates
    package var pass: NeuralLearner.Pass
    package var deltas: [[[Float]]]  // per head and layer
    package var losses: [Float]  // [pairs]
  }

  /// The learner after the open chunk, or nil when the result is not finite.
  package func step(_ state: State) -> Step? {
    let prepared = prepare(state)
    var next = state.learner
    next.advance(prepared.gates, pass: prepared.pass, deltas: prepared.deltas)
    guard next.isFinite else { return nil }
    return Step(
      learner: next, gates: prepared.gates, surprises: surprises(prepared, before: state))
  }

  /// What a step on the open chunk needs.
  package func prepare(_ state: State) -> Prepared {
    let (learner, chunk) = (state.learner, state.open)
    let leading = state.window.count
    let rows = state.window.followed(by: chunk)
    let weights = learner.weights
    let pass = learner.forward(rows.keys, count: rows.count, weights)
    let gradient = gradient(pass.output, rows)
    let deltas = learner.backward(gradient.values, pass, count: rows.count, weights)
    let steps = NeuralSteps(configuration: configuration, curvature: gradient.curvature)
    let (alpha, eta, rates) = rates(chunk)
    let scaled =
      configuration.loss == .nextToken
      ? steps.softmax(rates, eta: eta, pass: pass, leading: leading)
      : steps.squared(rates, pass: pass, weights: weights)
    // Momentum multiplies the effective step by 1 / (1 - eta) and a window by its weights: both are divided out of theta.
    let total = configuration.omega.total
    let theta = zip(scaled, eta).map { $0 * max(0.01, 1 - $1) / total }
    return Prepared(
      gates: ChunkGates(
        alpha: alpha, eta: eta, theta: theta,
        isWritten: written(pass, deltas, leading: leading, count: chunk.count),
        omega: configuration.omega, leading: leading), pass: pass, deltas: deltas,
      losses: gradient.losses)
  }

  private func gradient(_ output: [Float], _ rows: NeuralChunk) -> NeuralObjective.Gradient {
    let deltas = rows.surprisals.map {
      configuration.huberDelta(surprisal: $0, reference: configuration.referenceSurprisal)
    }
    guard wiring != nil else {
      return objective.gradient(
        output: output, hidden: rows.hidden, targets: rows.targets, deltas: deltas)
    }
    var errors = output
    for index in errors.indices { errors[index] -= rows.hidden[index] }
    let rule = ErrorLoss(configuration.loss, power: configuration.errorPower)
    let curvature = rule.curvature(errors)
    let losses = rule.gradient(&errors, columns: outputs, deltas: deltas)
    return .init(values: errors, losses: losses, curvature: curvature)
  }

  /// alpha, eta and relative theta of a chunk's tokens: the adapter's where it has them, else the configuration's.
  private func rates(_ chunk: NeuralChunk) -> (alpha: [Float], eta: [Float], theta: [Float]) {
    guard chunk.gates.isEmpty else {
      let column = { (index: Int) in (0..<chunk.count).map { chunk.gates[$0 * 3 + index] } }
      return (column(0), column(1), column(2))
    }
    let reference = configuration.referenceSurprisal
    func values(_ gate: NeuralConfiguration.TokenGate, limit: Float) -> [Float] {
      chunk.surprisals.map { min(limit, gate(surprisal: $0, reference: reference)) }
    }
    return (
      values(configuration.forget, limit: 1), values(configuration.momentum, limit: 1),
      values(configuration.learningRate, limit: .greatestFiniteMagnitude)
    )
  }

  /// Which tokens reach the gradient threshold; nil when there is none.
  private func written(
    _ pass: NeuralLearner.Pass, _ deltas: [[[Float]]], leading: Int, count: Int
  ) -> [Bool]? {
    guard let threshold = configuration.threshold, threshold.measure == .gradient else {
      return nil
    }
    let lengths = Self.gradientLengths(pass, deltas, count: leading + count)
    return lengths.dropFirst(leading).map { $0 >= threshold.least }
  }

  // MARK: - Surprise

  /// |u_j| over all weights: a gradient of one token is an outer product per layer.
  private static func gradientLengths(
    _ pass: NeuralLearner.Pass, _ deltas: [[[Float]]], count: Int
  ) -> [Float] {
    var squares = [Float](repeating: 0, count: count)
    for (head, deltas) in zip(pass.heads, deltas) {
      for (input, delta) in zip(head.inputs, deltas) {
        let (a, b) = (rowSquares(input, count: count), rowSquares(delta, count: count))
        for row in 0..<count { squares[row] += a[row] * b[row] }
      }
    }
    return squares.map { $0.squareRoot() }
  }

  private static func rowSquares(_ values: [Float], count: Int) -> [Float] {
    guard count > 0 else { return [] }
    let columns = values.count / count
    return values.withUnsafeBufferPointer { values in
      guard let start = values.baseAddress else { return [Float](repeating: 0, count: count) }
      return (0..<count).map {
        LinearAlgebra.dot(start + $0 * columns, start + $0 * columns, count: columns)
      }
    }
  }

  /// The surprise of each token of the open chunk. |S_i| follows from inner products of outer products, so S_i itself is
  /// never made: |S_i|^2 = m_i^2 |S|^2 - 2 m_i n_i . a + n_i K n_i with a_j = S . u_j and K_jk = u_j . u_k.
  private func surprises(_ prepared: Prepared, before state: State) -> [TokenSurprise] {
    let gates = prepared.gates
    let pairs = gates.pairs
    let momentary = Self.gradientLengths(prepared.pass, prepared.deltas, count: pairs)
    var kernel = [Float](repeating: 0, count: pairs * pairs)
    var along = [Float](repeating: 0, count: pairs)
    var length: Float = 0
    for (head, core) in state.learner.heads.enumerated() {
      for layer in core.shapes.indices {
        let past = core.momentum.layers[layer]
        let square = LinearAlgebra.dot(past, past, count: past.count)
        length += square
        let x = prepared.pass.heads[head].inputs[layer]
        let d = prepared.deltas[head][layer]
        let (rows, columns) = (core.shapes[layer].rows, core.shapes[layer].columns)
        let xx = LinearAlgebra.product(x, x, m: pairs, n: pairs, k: rows, transposeB: true)
        let dd = LinearAlgebra.product(d, d, m: pairs, n: pairs, k: columns, transposeB: true)
        for index in kernel.indices { kernel[index] += xx[index] * dd[index] }
        guard square > 0, gates.eta.contains(where: { $0 > 0 }) else { continue }
        let projected = LinearAlgebra.product(x, past, m: pairs, n: columns, k: rows)
        for row in 0..<pairs {
          for column in 0..<columns {
            along[row] += projected[row * columns + column] * d[row * columns + column]
          }
        }
      }
    }
    var result: [TokenSurprise] = []
    gates.scan { token, totals in
      var square = totals.m * totals.m * length
      for j in 0..<pairs where totals.n[j] != 0 {
        square -= 2 * totals.m * totals.n[j] * along[j]
        for k in 0..<pairs { square += totals.n[j] * totals.n[k] * kernel[j * pairs + k] }
      }
      let row = gates.leading + token
      result.append(
        TokenSurprise(
          journal: state.open.journal[token], token: state.open.targets[token],
          surprisal: state.open.surprisals[token], loss: prepared.losses[row],
          momentary: momentary[row], past: max(0, square).squareRoot(), theta: gates.theta[token],
          eta: gates.eta[token], alpha: gates.alpha[token], isWritten: gates.isWritten[token]))
    }
    return result
  }
}

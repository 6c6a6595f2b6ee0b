package import Memory
import Tensors

extension NeuralTrainer {
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
  package func step() -> Step? {
    let prepared = prepare()
    var next = learner
    next.advance(prepared.gates, pass: prepared.pass, deltas: prepared.deltas)
    guard next.isFinite else { return nil }
    return Step(learner: next, gates: prepared.gates, surprises: surprises(prepared))
  }

  /// What a step on the open chunk needs.
  package func prepare() -> Prepared {
    let leading = window.count
    let rows = window.followed(by: open)
    let weights = learner.weights
    let pass = learner.forward(rows.keys, count: rows.count, weights)
    let huber = rows.surprisals.map {
      configuration.huberDelta(surprisal: $0, reference: configuration.referenceSurprisal)
    }
    let gradient = loss.gradient(pass.output, rows, deltas: huber)
    let deltas = learner.backward(gradient.values, pass, count: rows.count, weights)
    let steps = NeuralSteps(configuration: configuration, curvature: gradient.curvature)
    let (alpha, eta, rates) = rates(open)
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
        isWritten: reachThreshold(pass, deltas, leading: leading), omega: configuration.omega,
        leading: leading), pass: pass, deltas: deltas, losses: gradient.losses)
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

  /// Which tokens of the open chunk reach the gradient threshold; nil when there is none.
  private func reachThreshold(
    _ pass: NeuralLearner.Pass, _ deltas: [[[Float]]], leading: Int
  ) -> [Bool]? {
    guard let threshold = configuration.threshold, threshold.measure == .gradient else {
      return nil
    }
    let lengths = Self.gradientLengths(pass, deltas, count: leading + open.count)
    return lengths.dropFirst(leading).map { $0 >= threshold.least }
  }
}

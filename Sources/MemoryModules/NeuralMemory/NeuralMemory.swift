public import Memory
import Tensors

/// Titans' long-term neural memory (arXiv 2501.00663, LMM): an MLP that learns at inference by surprise-driven steps.
///
/// Per pair the gradient of the loss is the momentary surprise; its decayed sum is the past surprise; a gate forgets
/// towards M_0. All three gates depend on the token's surprisal. Gradients are taken at an anchor that moves every
/// `chunkLength` written tokens, counted from the first, so any split of the stream gives the same state; tokens of the
/// open chunk are kept and take part in reads through a provisional step. State is constant in size.
///
/// It is not a store of facts: what it keeps of a single mention is a tendency. Pair it with a neighbor memory.
public final class NeuralMemory: MemoryModule {
  public static let kind = ModuleKind.neural
  public static let featureNames = ["read norm", "tokens"]

  /// The configuration.
  public let configuration: NeuralConfiguration
  public private(set) var entries = 0
  public private(set) var rejectedUpdates = 0

  package let context: ModuleContext
  package let objective: NeuralObjective
  package var state: State
  /// What reads use: M as of the last segment end; nil until something was written by then.
  package var readable: NeuralWeights?

  /// What changes: the learner and the tokens of the open chunk.
  package struct State: Sendable {
    package var core: NeuralCore
    package var open = Chunk()
  }

  /// Written tokens that wait for their chunk to fill.
  package struct Chunk: Sendable, Equatable {
    package var keys: [Float] = []  // [count, key columns]
    package var hidden: [Float] = []  // [count, width]
    package var targets: [Int32] = []  // [count]
    package var surprisals: [Float] = []  // [count]
    package var count: Int { targets.count }
  }

  public init(context: ModuleContext, parameters: ModuleParameters) throws(MemoryError) {
    configuration = try parameters.decode(NeuralConfiguration.self)
    guard configuration.isSound,
      parameters.gate.isSound(
        features: ReadoutGate.commonFeatureNames.count + Self.featureNames.count)
    else {
      throw .malformed(
        path: "the module's configuration", what: "the neural memory's parameters are not sound",
        expected: nil)
    }
    self.context = context
    objective = NeuralObjective(configuration, model: context.model)
    let shapes = NeuralWeights.shapes(
      input: context.keyColumns, hidden: configuration.hiddenWidth, output: context.width,
      depth: configuration.depth)
    state = State(core: NeuralCore(shapes: shapes, seed: configuration.seed))
  }

  public var isEmpty: Bool { readable == nil }

  public var stateBytes: Int {
    let chunk = configuration.chunkLength * (context.keyColumns + context.width + 2)
    return 4 * (2 * state.core.difference.count + chunk)
  }

  /// Sets the counters when a state is replaced.
  func replaceCounters(entries: Int, rejectedUpdates: Int) {
    self.entries = entries
    self.rejectedUpdates = rejectedUpdates
  }

  // MARK: - Writing

  public func write(_ batch: WriteBatch) {
    let k = context.keyColumns
    let w = context.width
    for index in 0..<batch.count {
      guard batch.keys[index * k..<(index + 1) * k].allSatisfy(\.isFinite),
        batch.hidden[index * w..<(index + 1) * w].allSatisfy(\.isFinite)
      else {
        // Refused here, so that one broken token does not cost its whole chunk.
        rejectedUpdates += 1
        continue
      }
      state.open.keys.append(contentsOf: batch.keys[index * k..<(index + 1) * k])
      state.open.hidden.append(contentsOf: batch.hidden[index * w..<(index + 1) * w])
      state.open.targets.append(batch.targets[index])
      let surprisal = -batch.logProbabilities[index]
      state.open.surprisals.append(
        surprisal.isFinite ? surprisal : configuration.referenceSurprisal)
      entries += 1
      if state.open.count == configuration.chunkLength {
        if let next = step(state.core, state.open) {
          state.core = next
        } else {
          rejectedUpdates += 1
        }
        state.open = Chunk()
      }
    }
  }

  public func endSegment() {
    guard entries > 0 else { return }
    var core = state.core
    if state.open.count > 0, let next = step(core, state.open) { core = next }
    readable = core.weights
  }

  /// The learner after a chunk, or nil when the result is not finite.
  package func step(_ core: NeuralCore, _ chunk: Chunk) -> NeuralCore? {
    let (gates, pass, deltas) = prepare(core, chunk)
    var next = core
    next.advance(gates, pass: pass, deltas: deltas)
    return next.difference.isFinite && next.momentum.isFinite ? next : nil
  }

  /// Gradients at the anchor and the gates of a chunk.
  package func prepare(
    _ core: NeuralCore, _ chunk: Chunk
  ) -> (gates: ChunkGates, pass: NeuralCore.Pass, deltas: [[Float]]) {
    let weights = core.weights
    let pass = NeuralCore.forward(chunk.keys, count: chunk.count, weights)
    let (gradient, _) = objective.gradient(
      output: pass.output, hidden: chunk.hidden, targets: chunk.targets)
    let deltas = NeuralCore.backward(gradient, pass, count: chunk.count, weights)
    return (gates(chunk, pass: pass), pass, deltas)
  }

  /// The chunk's gates. Momentum multiplies the effective step by 1 / (1 - eta), which is divided out of theta.
  private func gates(_ chunk: Chunk, pass: NeuralCore.Pass) -> ChunkGates {
    let reference = configuration.referenceSurprisal
    func values(_ gate: NeuralConfiguration.TokenGate, limit: Float) -> [Float] {
      chunk.surprisals.map { min(limit, gate(surprisal: $0, reference: reference)) }
    }
    let alpha = values(configuration.forget, limit: 1)
    let eta = values(configuration.momentum, limit: 1)
    let relative = values(configuration.learningRate, limit: .greatestFiniteMagnitude)
    let steps =
      switch objective.loss {
      case .nextToken: softmaxSteps(relative, eta: eta, pass: pass)
      case .associative: squaredSteps(relative, pass: pass)
      }
    let theta = zip(steps, eta).map { $0 * max(0.01, 1 - $1) }
    return ChunkGates(alpha: alpha, eta: eta, theta: theta)
  }

  /// Steps for the next-token loss, in units of 1 / (curvature * (|inputs|^2 + 1)): a rate of 1 is one Newton step for a
  /// single token where softmax is as curved as can be. It is far flatter nearly everywhere, so larger rates pay; those of
  /// a chunk together are bounded by `trust`.
  private func softmaxSteps(_ rates: [Float], eta: [Float], pass: NeuralCore.Pass) -> [Float] {
    let total = zip(rates, eta).reduce(Float(0)) { $0 + $1.0 * max(0.01, 1 - $1.1) }
    let bound = total > configuration.trust ? configuration.trust / total : 1
    let last = pass.inputs.count - 1
    let columns = state.core.shapes[last].rows
    var steps = rates
    for token in rates.indices {
      var square: Float = 1
      for column in 0..<columns {
        let value = pass.inputs[last][token * columns + column]
        square += value * value
      }
      steps[token] = rates[token] * bound / (objective.curvature * square)
    }
    return steps
  }

  /// Steps for the squared error, whose curvature is known: a rate of at most 1.5 (from 2 on it would diverge) over the
  /// largest eigenvalue of the chunk's tangent kernel, bounded by those of the Gram matrices of what enters the last and
  /// the first layer. Tokens that look alike share one step; tokens that do not take one each.
  private func squaredSteps(_ rates: [Float], pass: NeuralCore.Pass) -> [Float] {
    let last = pass.inputs.count - 1
    let shapes = state.core.shapes
    var bound =
      largestEigenvalue(pass.inputs[last], columns: shapes[last].rows, count: rates.count) + 1
    if last > 0 {
      let gain = state.core.weights.layers[last].reduce(Float(0)) { $0 + $1 * $1 }
      bound +=
        1.2 * gain * largestEigenvalue(pass.inputs[0], columns: shapes[0].rows, count: rates.count)
    }
    return rates.map { min(1.5, $0) / (objective.curvature * bound) }
  }

  /// The largest eigenvalue of X Xᵀ for rows X [count, columns], by power iteration.
  private func largestEigenvalue(_ rows: [Float], columns: Int, count: Int) -> Float {
    let gram = LinearAlgebra.product(
      rows, rows, m: count, n: count, k: columns, transposeB: true)
    var vector = (0..<count).map { 1 + 0.01 * Float($0 % 5) }
    var length: Float = 0
    for _ in 0..<16 {
      let next = LinearAlgebra.product(gram, vector, m: count, n: 1, k: count)
      length = next.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 0 else { return 0 }
      vector = next.map { $0 / length }
    }
    return length
  }

  // MARK: - Reading

  public func read(_ input: ReadInput) -> [Reading] {
    guard let readable else { return [] }
    let output = NeuralCore.forward(input.keys, count: input.rows, readable).output
    let decoded = objective.decode(output: output, hidden: input.hidden, rows: input.rows)
    let width = context.width
    return (0..<input.rows).map { row in
      var square: Float = 0
      var reference: Float = 0
      for column in 0..<width {
        let value = output[row * width + column]
        let state = input.hidden[row * width + column]
        square += value * value
        reference += state * state
      }
      return Reading(
        distribution: .dense(logProbabilities: decoded[row]),
        features: [
          (square / max(reference, 1e-12)).squareRoot(),
          Float(min(entries, 1 << 20) + 1).logarithm,
        ])
    }
  }
}

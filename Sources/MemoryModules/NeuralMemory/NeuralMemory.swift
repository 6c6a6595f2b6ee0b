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

  /// The chunk's gates. theta is in units of 1 / (curvature * (|inputs|^2 + 1)), so a base of 1 is about one Newton step
  /// for a single token; momentum multiplies the effective step by 1 / (1 - eta), which is divided out; the steps of a
  /// chunk together are bounded by `trust`.
  private func gates(_ chunk: Chunk, pass: NeuralCore.Pass) -> ChunkGates {
    let reference = configuration.referenceSurprisal
    let count = chunk.count
    func values(_ gate: NeuralConfiguration.TokenGate, limit: Float) -> [Float] {
      chunk.surprisals.map { min(limit, gate(surprisal: $0, reference: reference)) }
    }
    let alpha = values(configuration.forget, limit: 1)
    let eta = values(configuration.momentum, limit: 1)
    var relative = values(configuration.learningRate, limit: .greatestFiniteMagnitude)
    for index in relative.indices { relative[index] *= max(0.01, 1 - eta[index]) }
    let total = relative.reduce(0, +)
    let bound = total > configuration.trust ? configuration.trust / total : 1
    let last = pass.inputs.count - 1
    let columns = state.core.shapes[last].rows
    var theta = relative
    for token in 0..<count {
      var square: Float = 1
      for column in 0..<columns {
        let value = pass.inputs[last][token * columns + column]
        square += value * value
      }
      theta[token] = relative[token] * bound / (objective.curvature * square)
    }
    return ChunkGates(alpha: alpha, eta: eta, theta: theta)
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

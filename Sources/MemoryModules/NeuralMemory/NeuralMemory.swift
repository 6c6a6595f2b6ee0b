public import Memory
import Tensors
import Transformer

/// Titans' long-term neural memory (arXiv 2501.00663): an MLP that learns at inference by surprise-driven steps.
///
/// Per pair the gradient of the loss is the momentary surprise; its decayed sum is the past surprise; a gate forgets
/// towards M_0. All three gates depend on the token's surprisal. Gradients are taken at an anchor that moves every
/// `chunkLength` written tokens, counted from the first, so any split of the stream gives the same state; tokens of the
/// open chunk are kept and take part in reads through a provisional step. State is constant in size.
///
/// Heard through logit mixing (LMM), or, with an adapter that holds projections, inside the forward pass
/// (`NeuralWiringPlan`). It is not a store of facts: what it keeps of a single mention is a tendency. Pair it with a
/// neighbor memory.
public final class NeuralMemory: MemoryModule, SurpriseReporting {
  public typealias Configuration = NeuralConfiguration

  public static let about = ModuleDescription(
    kind: .neural, socket: .associative,
    summary: "an MLP that learns while it reads, by surprise-driven gradient steps",
    paper: "Titans (arXiv 2501.00663)", grows: false, readouts: [.mixing, .residual, .rows],
    isStandard: true)

  /// What its gate looks at.
  enum Feature: String, FeatureName {
    /// Length of what was read relative to the hidden state's.
    case readNorm = "read norm"
    /// log(1 + tokens learned).
    case tokens
  }

  /// The configuration.
  public let configuration: NeuralConfiguration
  /// The wired memory beside this one, if the configuration has one.
  public let companion: NeuralMemory?
  public var entries: Int { max(written, companion?.entries ?? 0) }
  public var rejectedUpdates: Int { rejected + (companion?.rejectedUpdates ?? 0) }
  /// How surprising each token of the last segment was that brought any, in order.
  public var surprises: [TokenSurprise] { tracker.published }

  /// Pairs this memory wrote, its companion's left out.
  package var written = 0
  package var rejected = 0
  /// What its tensors in a file begin with.
  let prefix: String

  package let context: ModuleContext
  package let objective: NeuralObjective
  /// The adapter's part of a wired memory; nil for logit mixing.
  package let wiring: NeuralWiring?
  package var state: State
  /// What reads use: M as of the last segment end, per head; nil until something was written by then.
  package var readable: [NeuralWeights]?
  var tracker = SurpriseTracker()

  /// What changes: the learner, the tokens of the open chunk, what came before them.
  package struct State: Sendable {
    package var learner: NeuralLearner
    package var open = NeuralChunk()
    /// The pairs before the open chunk that an Omega window still reaches.
    package var window = NeuralChunk()
    /// The last activations a convolution still needs.
    package var tail: NeuralTail?
  }

  public convenience init(
    context: ModuleContext, parameters: ModuleParameters
  ) throws(MemoryError) {
    try self.init(
      context: context, parameters: parameters,
      configuration: try Self.configuration(of: parameters, context: context), prefix: "neural")
  }

  private init(
    context: ModuleContext, parameters: ModuleParameters, configuration: NeuralConfiguration,
    prefix: String
  ) throws(MemoryError) {
    self.configuration = configuration
    self.prefix = prefix
    companion = try configuration.companion.first.map { other throws(MemoryError) in
      try NeuralMemory(
        context: context, parameters: parameters, configuration: other, prefix: prefix + ".wired")
    }
    guard configuration.isSound else { throw Self.unsound }
    self.context = context
    objective = NeuralObjective(configuration, model: context.model)
    wiring = try NeuralWiring(configuration, tensors: parameters.tensors, context: context)
    guard
      var learner = NeuralLearner(
        configuration, keyColumns: wiring?.keyColumns ?? context.keyColumns,
        outputs: wiring?.valueColumns ?? context.width),
      // The adapter's M_0 is the wired memory's.
      companion != nil || learner.replaceInitial(by: parameters.tensors)
    else { throw Self.unsound }
    if configuration.momentum.base == 0, wiring?.hasMomentum != true { learner.dropMomentum() }
    state = State(learner: learner)
  }

  static var unsound: MemoryError {
    .malformed(
      path: "the module's configuration", what: "the neural memory's parameters are not sound",
      expected: nil)
  }

  public var isEmpty: Bool { readable == nil && companion?.isEmpty ?? true }

  /// Columns of what an output is compared with.
  package var outputs: Int { state.learner.plan.outputs }

  public var stateBytes: Int {
    let row = state.learner.plan.keyColumns + outputs + 2
    let pairs = configuration.chunkLength + configuration.omega.window - 1
    return 4 * (state.learner.count + pairs * row + (wiring?.tailCount ?? 0))
      + (companion?.stateBytes ?? 0)
  }

  // MARK: - Writing

  public func write(_ batch: WriteBatch) {
    // A wired memory learns from the activations its own hooks see.
    guard wiring == nil else { return }
    let k = context.keyColumns
    let w = context.width
    let isMasked = isMasked(batch.provenance)
    for index in 0..<batch.count {
      var row = NeuralChunk()
      row.keys = Array(batch.keys[index * k..<(index + 1) * k])
      row.hidden = Array(batch.hidden[index * w..<(index + 1) * w])
      row.targets = [batch.targets[index]]
      let surprisal = -batch.logProbabilities[index]
      row.surprisals = [surprisal.isFinite ? surprisal : configuration.referenceSurprisal]
      row.journal = [batch.journal[index]]
      append(row, isMasked: isMasked)
    }
  }

  /// Whether nothing of a source may be written.
  func isMasked(_ provenance: Provenance?) -> Bool {
    guard let mask = configuration.writeMask, let provenance else { return false }
    return mask.roles.contains(provenance.role.rawValue)
      || mask.sources.contains(provenance.source)
  }

  /// Takes one pair in; steps when its chunk is full.
  package func append(_ row: NeuralChunk, isMasked: Bool) {
    guard row.keys.allSatisfy(\.isFinite), row.hidden.allSatisfy(\.isFinite),
      row.gates.allSatisfy(\.isFinite)
    else {
      // Refused here, so that one broken token does not cost its whole chunk.
      rejected += 1
      return
    }
    if isMasked || isBelowThreshold(row) {
      tracker.skip(
        TokenSurprise(
          journal: row.journal[0], token: row.targets[0], surprisal: row.surprisals[0], loss: 0,
          momentary: 0, past: 0, theta: 0, eta: 0, alpha: 0, isWritten: false))
      return
    }
    state.open.append(row)
    tracker.append()
    written += 1
    guard state.open.count == configuration.chunkLength else { return }
    if let step = step(state) {
      state.learner = step.learner
      tracker.record(step.surprises)
    } else {
      rejected += 1
    }
    tracker.closeChunk()
    let reach = configuration.omega.window - 1
    state.window = reach > 0 ? state.window.followed(by: state.open).suffix(reach) : .init()
    state.open = NeuralChunk()
  }

  private func isBelowThreshold(_ row: NeuralChunk) -> Bool {
    guard let threshold = configuration.threshold, threshold.measure == .surprisal else {
      return false
    }
    return row.surprisals[0] < threshold.least
  }

  public func endSegment() {
    companion?.endSegment()
    guard written > 0 else { return }
    var learner = state.learner
    if state.open.count > 0, let step = step(state) {
      learner = step.learner
      tracker.record(step.surprises)
    }
    tracker.publish()
    readable = learner.weights
  }
}

extension NeuralMemory: AssociativeModule {
  public static var featureNames: [String] { Feature.names }

  public func read(_ input: ReadInput) -> [Reading?] {
    // A wired memory has spoken inside the forward pass.
    guard wiring == nil, let readable else { return [Reading?](repeating: nil, count: input.rows) }
    let output = state.learner.forward(input.keys, count: input.rows, readable).output
    let decoded = objective.decode(output: output, hidden: input.hidden, rows: input.rows)
    let width = context.width
    return (0..<input.rows).map { row in
      let (square, reference) = output.withUnsafeBufferPointer { output in
        input.hidden.withUnsafeBufferPointer { hidden -> (Float, Float) in
          guard let a = output.baseAddress, let b = hidden.baseAddress else { return (0, 0) }
          let (y, h) = (a + row * width, b + row * width)
          return (LinearAlgebra.dot(y, y, count: width), LinearAlgebra.dot(h, h, count: width))
        }
      }
      let features = FeatureVector<Feature>([
        .readNorm: (square / max(reference, 1e-12)).squareRoot(),
        .tokens: Float(min(written, 1 << 20) + 1).logarithm,
      ])
      return Reading(
        distribution: .dense(logProbabilities: decoded[row]), features: features.values)
    }
  }
}

extension ModuleKind {
  /// Titans' neural memory (arXiv 2501.00663).
  public static let neural: ModuleKind = "neural"
}

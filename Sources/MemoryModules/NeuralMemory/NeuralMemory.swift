public import Memory
public import Transformer

/// Titans' long-term neural memory (arXiv 2501.00663): an MLP that learns at inference by surprise-driven steps.
///
/// Per pair the gradient of the loss is the momentary surprise; its decayed sum is the past surprise; a gate forgets
/// towards M_0. All three gates depend on the token's surprisal. State is constant in size (`NeuralTrainer`).
///
/// One kind, two parts, each with an MLP of its own: one that learns texts and is read through logit mixing
/// (`NeuralTextMemory`), and one that an adapter's projections wire into the forward pass (`WiredNeuralMemory`). Or, in the
/// form `weights`, fast weights inside the model's own blocks (`FastWeightMemory`). The configuration says which there are.
/// It is not a store of facts: what it keeps of a single mention is a tendency. Pair it with a neighbor memory.
public final class NeuralMemory: MemoryModule, SurpriseReporting {
  public typealias Configuration = NeuralConfiguration

  public static let about = ModuleDescription(
    kind: .neural, socket: .associative,
    summary: "an MLP that learns while it reads, by surprise-driven gradient steps",
    paper: "Titans (arXiv 2501.00663)", grows: false,
    readouts: [.mixing, .residual, .rows, .weights],
    isStandard: true)

  /// The configuration.
  public let configuration: NeuralConfiguration
  /// Fast weights in the model's blocks; nil in other forms.
  package let fast: FastWeightMemory?
  /// Whether fast weights are heard in texts, and in answers.
  let isHeard: (inTexts: Bool, inAnswers: Bool)
  /// The part that is read through logit mixing; nil where there is the wired one alone.
  package let text: NeuralTextMemory?
  /// The part inside the forward pass; nil without one, or without an adapter's projections for it.
  package let wired: WiredNeuralMemory?
  /// Facts that are held in weights (`consolidate`); nil while there are none.
  package var facts: ConsolidatedFacts? { didSet { factUpdates = nil } }
  private var factUpdates: [ProjectionPoint: LowRankUpdate]?
  let vocabularySize: Int
  let model: TransformerModel

  public init(
    context: ModuleContext, parameters: ModuleParameters
  ) throws(MemoryError) {
    let configuration = try Self.configuration(of: parameters, context: context)
    self.configuration = configuration
    vocabularySize = context.vocabularySize
    model = context.model
    let gate = parameters.gate
    let isOpen = gate(gate.mean) > 0
    isHeard = (isOpen, isOpen && gate.opensInAnswers ?? true)
    fast =
      configuration.form == .weights
      ? FastWeightMemory(configuration.weights, model: context.model) : nil
    // Fast weights need nothing that an adapter was trained for.
    wired =
      fast != nil
      ? nil
      : try Self.wired(
        configuration.companion.first ?? configuration, tensors: parameters.tensors,
        model: context.model)
    text =
      fast != nil || configuration.wiring != nil && wired != nil
      ? nil
      : try NeuralTextMemory(
        configuration,
        // Beside a wired part the adapter's M_0 is that one's.
        initial: configuration.companion.isEmpty ? parameters.tensors : [:], context: context)
  }

  private static func wired(
    _ configuration: NeuralConfiguration, tensors: [String: ParameterTensor],
    model: TransformerModel
  ) throws(MemoryError) -> WiredNeuralMemory? {
    guard
      let wiring = try NeuralWiring(
        configuration, tensors: tensors, model: .init(model.configuration))
    else { return nil }
    return try WiredNeuralMemory(configuration, wiring: wiring, initial: tensors)
  }

  public var isEmpty: Bool {
    text?.trainer.readable == nil && wired?.isEmpty ?? true && fast?.isEmpty ?? true
      && facts == nil
  }
  public var entries: Int { fast?.state.written ?? trainers.map(\.written).max() ?? 0 }
  public var stateBytes: Int {
    (text?.trainer.stateBytes ?? 0) + (wired?.stateBytes ?? 0) + (fast?.stateBytes ?? 0)
      + (facts?.weights.byteCount ?? 0)
  }
  public var rejectedUpdates: Int {
    trainers.reduce(0) { $0 + $1.rejected } + (fast?.state.rejected ?? 0)
  }
  /// How surprising each token of the last segment was that brought any, in order; to the text part where there is one.
  public var surprises: [TokenSurprise] { fast?.surprises ?? trainers.first?.surprises ?? [] }

  /// The parts' trainers, the text part's first.
  private var trainers: [NeuralTrainer] { [text?.trainer, wired?.trainer].compactMap { $0 } }

  public func endSegment() {
    text?.trainer.endSegment()
    wired?.trainer.endSegment()
    fast?.endSegment()
  }
}

extension NeuralMemory: AssociativeModule {
  public static var featureNames: [String] { NeuralTextMemory.Feature.names }

  /// Teaches the text part.
  public func write(_ batch: WriteBatch) { text?.write(batch) }

  /// Reads the text part, or a text with the fast weights; the wired part has acted inside the forward pass.
  public func read(_ input: ReadInput) -> [Reading?] {
    if let fast, isHeard.inTexts, let text = input.text, !text.mode.isAnswer {
      return fast.readings(text)
    }
    return text?.read(input) ?? [Reading?](repeating: nil, count: input.rows)
  }
}

extension NeuralMemory: ActivationLearner {
  /// The input of the wired block's attention.
  public var taps: [HookPoint] { wired.map { [$0.tap] } ?? [] }

  public var reach: Int { wired?.wiring.reach ?? 0 }

  /// Teaches the wired part, or fast weights.
  public func write(_ commit: CommittedRows) {
    wired?.write(commit)
    guard let fast, !configuration.masks(commit.provenance),
      commit.provenance.role == .document || configuration.weights.learnsTalk
    else { return }
    fast.write(commit)
  }
}

extension NeuralMemory: ForwardModule {
  /// Wires the wired part into the forward pass.
  public func join(_ pass: ForwardPass) {
    if let wired { NeuralAttachment.join(wired, pass) }
  }
}

extension NeuralMemory: WeightModule {
  /// The matrices with fast weights; none where nothing would ever be heard, so that a pass has nothing to ask for. Facts are
  /// consolidated in a memory that is not attached.
  public var projections: [ProjectionPoint] {
    fast?.points ?? facts?.weights.matrices.map(\.point) ?? []
  }

  /// In answers: facts that are held in weights are heard where the question is surely about one of them, and what was
  /// learned of texts where the gate opens in answers. Texts are read beside the session (`FastWeightMemory.readings`).
  public func update(of projection: ProjectionPoint, in session: SessionView) -> LowRankUpdate? {
    guard session.mode.isAnswer else { return nil }
    if let facts, let fact = session.factInScope, facts.handles.contains(fact.handle) {
      if factUpdates == nil { factUpdates = facts.weights.updates }
      return factUpdates?[projection]
    }
    return isHeard.inAnswers ? fast?.update(of: projection) : nil
  }
}

extension NeuralMemory: FactConsolidator {
  public var consolidated: [String] { facts?.handles ?? [] }
  public func dropConsolidated() { facts = nil }
}

extension ModuleKind {
  /// Titans' neural memory (arXiv 2501.00663).
  public static let neural: ModuleKind = "neural"
}

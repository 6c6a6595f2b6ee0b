public import Memory
package import Tokenization
import Transformer

/// A ledger of facts with a scope gate: Larimar's episodic memory (arXiv 2403.11901) on a frozen model.
///
/// Learned text is stored sentence by sentence, with the key before each token. A read first decides from the words of
/// the prompt alone which facts it is about. Out of scope the model is unchanged; in scope the facts' own tokens vote
/// for the next one, weighted by the similarity of keys and of the preceding tokens. A fact can be replaced or
/// forgotten without a trace. The K x C least-squares memory of the paper is an optional index over the ledger
/// (`LatentIndex`), of constant size.
public final class EpisodicMemory: MemoryModule, CapacityReporting {
  public typealias Configuration = EpisodicConfiguration

  public static let about = ModuleDescription(
    kind: .episodic, socket: .associative,
    summary: "a ledger of facts that can be listed, replaced and forgotten",
    paper: "Larimar (arXiv 2403.11901)", grows: true, readouts: [.mixing, .rows],
    isStandard: true)

  /// The features of its gate.
  enum Feature: String, FeatureName {
    case answering
    case scope
    case bestCosineAnswering = "best cosine answering"
    case matchAnswering = "match answering"
    case bestCosineReading = "best cosine reading"
    case bestCosineReadingSquared = "best cosine reading squared"
    case matchReading = "match reading"
    case sharedWords = "shared words"
    case margin
    case givenAnswer = "given answer"
  }

  /// The configuration.
  public let configuration: EpisodicConfiguration
  package let context: ModuleContext
  package internal(set) var state: State

  /// The learned state.
  package struct State: Sendable {
    /// The facts.
    package var ledger: FactLedger
    /// The current fact, which has not ended yet.
    package var open: FactRecord?
    /// What was read of the current fact, to know where it ends; computed from its tokens.
    package var scanner = SentenceScanner()
    /// Facts from this number on are not readable yet.
    package var readable = 0
    /// The least-squares index, if it is configured.
    package var index: LatentIndex?
    package var rejectedUpdates = 0
    /// What is known of each fact, for the policy that chooses which goes; nothing where simply the oldest does.
    package var retention = Retention()
  }

  /// The first part of its tensors' names: the kind's, or that of the memory whose sentences it keeps.
  let name: String
  /// Chooses the facts that are considered for a question by its vector; nil where all are.
  package var finder: (([Float]) -> Set<Int>)?
  /// Rises whenever the facts that can be read change.
  var version = 0

  /// The facts in scope of the last question, at some version: a memo.
  var lastAsked: (question: [Int32], version: Int, matches: [FactMatch])?

  /// Encodes facts to latents and decodes latents to rows, if the adapter has it.
  package let codec: RowCodec?
  /// Values of a fact's encoded content; 0 when no read-out uses it.
  let contentColumns: Int
  /// Turns sentences into vectors, where the configuration compares them by meaning.
  package let meaningEncoder: MeaningEncoder?
  /// Decides between facts that fit a question about equally well, with the read-out `text`; nil where it has no weight.
  let questionLikelihood: QuestionLikelihood?
  /// Chooses which fact goes beyond the budget; nil where simply the oldest does.
  let agent: RetentionAgent?

  public convenience init(
    context: ModuleContext, parameters: ModuleParameters
  ) throws(MemoryError) {
    try self.init(context: context, parameters: parameters, name: Self.kind.rawValue)
  }

  /// The sentences of another kind of memory.
  ///
  /// - Parameter name: of that kind, with which the names of its tensors begin.
  package init(
    context: ModuleContext, parameters: ModuleParameters, name: String
  ) throws(MemoryError) {
    self.name = name
    configuration = try Self.configuration(of: parameters, context: context)
    let prior = parameters.tensors["prior"]
    guard prior == nil || prior?.shape == [context.vocabularySize] else {
      throw .malformed(
        path: "the module's parameters", what: "the episodic memory's prior is of another size",
        expected: "a value per token of the vocabulary")
    }
    codec = try RowCodec(
      parameters.tensors, slots: configuration.rowSlots, context: context)
    guard configuration.readout != .latents || codec != nil else {
      throw .malformed(
        path: "the module's configuration",
        what: "the episodic memory is to answer from latents, and the adapter makes none",
        expected: "an adapter with the tensors rows.encoder, rows.decoder and rows.mean")
    }
    contentColumns = configuration.readout == .latents ? codec?.latentColumns ?? 0 : 0
    meaningEncoder = try Self.meaningEncoder(configuration, parameters, context: context)
    questionLikelihood =
      configuration.readout == .text && configuration.textScope.likelihoodWeight > 0
      ? QuestionLikelihood(context: context) : nil
    agent =
      configuration.retention == .fifo
      ? nil : try RetentionAgent(configuration.retention, tensors: parameters.tensors)
    self.context = context
    let splitter = WordSplitter(
      tokenizer: context.tokenizer, prior: prior?.values, vocabularySize: context.vocabularySize)
    state = State(
      ledger: FactLedger(
        splitter: splitter, encoder: PhraseEncoder(columns: configuration.latentWidth)),
      index: LatentIndex(configuration, contentColumns: contentColumns))
  }

  private static func meaningEncoder(
    _ configuration: Configuration, _ parameters: ModuleParameters, context: ModuleContext
  ) throws(MemoryError) -> MeaningEncoder? {
    let earlier = configuration.meaningPoint.map { [$0] } ?? []
    let points = configuration.meaningPoints.isEmpty ? earlier : configuration.meaningPoints
    guard configuration.readout == .text, !points.isEmpty else { return nil }
    let matrix = parameters.tensors[meaningProjection] ?? parameters.tensors["meaning.whitening"]
    guard let mean = parameters.tensors[meaningMean], let matrix,
      let projection = SentenceProjection(
        points: points, mean: mean.values, matrix: matrix.values),
      projection.fits(context.model.configuration), matrix.shape.last == projection.columns
    else {
      throw .malformed(
        path: "the module's configuration",
        what: "the episodic memory compares facts by their meaning at "
          + "\(points.map(\.description).joined(separator: ", ")), and the adapter has no "
          + "projection for that",
        expected: "the tensors meaning.mean and meaning.projection of that width")
    }
    return MeaningEncoder(projection, context: context)
  }

  /// Names of the adapter's tensors.
  static let meaningMean = "meaning.mean"
  static let meaningProjection = "meaning.projection"

  public var isEmpty: Bool {
    guard let first = state.ledger.records.first else { return true }
    return first.id >= state.readable
  }

  public var entries: Int { state.ledger.rows + (state.open?.count ?? 0) }

  public var stateBytes: Int { entries * (4 * context.keyColumns + 12) }

  public var rejectedUpdates: Int { state.rejectedUpdates }

  /// Facts, not tokens, are counted; none is longer than twice `longestFact`.
  public var budget: Int? { configuration.budget * 2 * configuration.longestFact }

  /// How full the memory is: facts against slots, and the condition of the least squares.
  public var capacity: CapacityReport {
    state.index?.capacity
      ?? CapacityReport(
        facts: state.ledger.count, rank: configuration.budget,
        load: Double(state.ledger.count) / Double(configuration.budget), condition: 1,
        expectedError: 0,
        verdict: state.ledger.count >= configuration.budget
          ? .overloaded
          : Double(state.ledger.count) >= 0.8 * Double(configuration.budget)
            ? .filling : .roomy)
  }

  public func snapshot() -> any Sendable { state }

  public func restore(_ snapshot: any Sendable) {
    guard let snapshot = snapshot as? State else {
      preconditionFailure("a snapshot of another kind of memory")
    }
    state = snapshot
    version += 1
  }
}

extension ModuleKind {
  /// Larimar's episodic memory: facts that can be replaced and forgotten (arXiv 2403.11901).
  public static let episodic: ModuleKind = "episodic"
}

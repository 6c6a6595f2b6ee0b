public import Memory
import Transformer

/// A long-term episodic memory network (Jung et al. 2018, arXiv 1812.04227) for a frozen model: a constant number of rows, cut into
/// episodes, of which an agent drops the one that matters least for what may be asked, whenever something new arrives.
///
/// The paper trains the agent together with the reader, by reinforcement. Here the reader is frozen, and the agent was trained
/// offline by what each episode was worth to the answers: their log-probability with it against without it
/// (``RetentionPolicy``). What shares words with a question joins the
/// attention of every block.
public final class LEMNMemory: MemoryModule {
  public typealias Configuration = LEMNConfiguration

  public static let about = ModuleDescription(
    kind: "lemn", socket: .attention,
    summary: "episodes as keys and values; an agent chooses which of them stay",
    paper: "LEMN (arXiv 1812.04227)", grows: false, readouts: [.rows])

  /// What was learned.
  package struct State: QueriedRowState {
    /// Each group is an episode.
    var episodes: RowBank
    /// What is known of each.
    var retention = Retention()
    package var open: RowBank
    /// The queries of its tokens; empty where the policy does not ask for attention.
    package var queries: EncodedRows
    package var written = 0
    package var rejected = 0

    package var sources: [RowSources] { [episodes.sources, open.sources] }

    package mutating func remapJournal(_ newIndex: (Int) -> Int?) {
      episodes.remapJournal(newIndex)
      open.remapJournal(newIndex)
    }
  }

  /// The configuration.
  public let configuration: LEMNConfiguration
  package let context: ModuleContext
  package let opening: Float?
  let agent: RetentionAgent
  package var version = 0
  package var state: State { didSet { version += 1 } }

  public init(context: ModuleContext, parameters: ModuleParameters) throws(MemoryError) {
    configuration = try Self.configuration(of: parameters, context: context)
    try context.check(configuration.type, of: Self.kind)
    self.context = context
    opening = Self.opening(of: parameters.gate)
    agent = try RetentionAgent(configuration.retention, tensors: parameters.tensors)
    let none = RowBank(
      shape: RowShape(keysOf: context.model.configuration), type: configuration.type)
    state = State(
      episodes: none, open: none, queries: Self.noQueries(context, configuration.type))
  }

  public var isEmpty: Bool { state.episodes.isEmpty }
  public var entries: Int { state.written }
  public var stateBytes: Int {
    state.episodes.byteCount + state.open.byteCount + state.queries.data.count
      + 4 * RetentionRecord.featureCount * state.retention.records.count
  }
  public var budget: Int? { configuration.rows }

  /// Cuts what was learned since the last segment into episodes; each arrives, and others go until all fit.
  public func endSegment() {
    guard !state.open.isEmpty else { return }
    var changed = state
    let (rows, queries) = changed.takeOpen()
    for range in EventSegmenter(configuration).episodes(of: rows, context) {
      changed.retention.add(
        rows.plain(Array(range)), queries: queries.map { $0[range] }, to: &changed.episodes,
        context: context, agent: agent)
      _ = changed.retention.makeRoom(
        in: &changed.episodes, rows: configuration.rows, agent: agent)
    }
    state = changed
  }
}

extension LEMNMemory: QueriedRowMemory {
  package var measuresAttention: Bool { configuration.retention == .attention }

  package func parts(for view: RowView, without overlap: ContextOverlap) -> [RowPart] {
    var isShown = state.episodes.sources.isShown(to: view, without: overlap)
    let again = passages(of: state.episodes.sources.texts(where: isShown), for: view)
    if let again { return [again] }
    isShown = asRows(isShown, of: state.episodes.sources, for: view)
    let chosen = state.episodes.relevantGroups(
      to: view, rows: configuration.shown, isShown: isShown, context: context)
    return [RowPart(state.episodes, groups: chosen) { isShown[$0] }]
  }

  public static func parameters(
    from impression: FirstImpression, context: ModuleContext
  ) throws(MemoryError) -> ModuleParameters { try retaining(context) }
}

public import Memory
public import Transformer

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
  package struct State: RowState {
    /// Each group is an episode.
    var episodes: RowBank
    /// What is known of each.
    var retention = Retention()
    package var open: RowBank
    /// The queries of its tokens; empty where the policy does not ask for attention.
    var queries: EncodedRows
    package var written = 0
    package var rejected = 0
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
    let model = context.model.configuration
    let none = RowBank(shape: RowShape(keysOf: model), type: configuration.type)
    state = State(
      episodes: none, open: none,
      queries: EncodedRows(shape: RowShape(queriesOf: model), type: configuration.type))
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
    let (rows, queries) = (changed.open, changed.queries)
    changed.open = RowBank(shape: shape, type: configuration.type)
    changed.queries = EncodedRows(shape: queries.shape, type: configuration.type)
    let segmenter = EventSegmenter(
      segmentation: configuration.segmentation, gamma: configuration.gamma,
      length: configuration.shortest...configuration.longest)
    let attention = RowAttention(context)
    let starts = segmenter.starts(surprisals: rows.sources.surprisals) {
      attention.similarity(rows)
    }
    for (index, start) in starts.enumerated() {
      let range = start..<(index + 1 < starts.count ? starts[index + 1] : rows.count)
      changed.retention.add(
        rows.plain(Array(range)), queries: queries.count == rows.count ? queries[range] : nil,
        to: &changed.episodes, context: context, agent: agent)
      _ = changed.retention.makeRoom(
        in: &changed.episodes, rows: configuration.rows, agent: agent)
    }
    state = changed
  }
}

extension LEMNMemory: OpenRowMemory {
  public var taps: [HookPoint] {
    configuration.retention == .attention ? rowTaps + queryTaps : rowTaps
  }

  public func write(_ commit: CommittedRows) {
    let before = (version: version, rejected: state.rejected)
    defer { version = before.version }
    let stored = store(commit, place: state.written)
    // Where a row was left out, queries no longer stand beside keys; attention is then not measured.
    if configuration.retention == .attention, state.rejected == before.rejected,
      state.queries.count + stored == state.open.count
    {
      state.queries.append(learnedQueries(commit))
    }
  }

  package func parts(for view: RowView, without overlap: ContextOverlap) -> [RowPart] {
    let isShown = state.episodes.sources.isShown(to: view, without: overlap)
    let chosen = state.episodes.relevantGroups(
      to: view, rows: configuration.shown, isShown: isShown, context: context)
    return [RowPart(state.episodes, groups: chosen) { isShown[$0] }]
  }

  /// Begins with the agents that come with the program.
  public static func parameters(
    from impression: FirstImpression, context: ModuleContext
  ) throws(MemoryError) -> ModuleParameters {
    try ModuleParameters(
      Configuration(for: context), gate: .constant(0), tensors: RetentionNetwork.standard())
  }
}

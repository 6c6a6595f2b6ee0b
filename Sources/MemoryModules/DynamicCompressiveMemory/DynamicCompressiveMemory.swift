public import Memory
import Transformer

/// A Dynamic Compressive Transformer (Chang and Ma 2021, arXiv 2110.04821) for a frozen model: segments that leave the recent rows
/// are kept whole, compressed or discarded, by a policy that looks at their surprise, the attention they received and how new they
/// are. This is our reading of the paper's abstract; its full text and code were not to be had.
///
/// Segments are compressed by Attention Matching (arXiv 2602.16284). The number of rows is constant.
public final class DynamicCompressiveMemory: MemoryModule {
  public typealias Configuration = DynamicCompressiveConfiguration

  public static let about = ModuleDescription(
    kind: "dct", socket: .attention,
    summary: "segments kept whole, compressed or discarded, as a policy decides",
    paper: "Dynamic Compressive Transformer (arXiv 2110.04821)", grows: false, readouts: [.rows])

  /// What was learned.
  package struct State: QueriedRowState {
    /// Segments that are kept whole, each a group.
    var whole: RowBank
    /// Segments that were compressed.
    var compressed: HeadRows
    /// Whether each segment is whole, in the order of the stream.
    var isWhole: [Bool] = []
    /// What is known of each.
    var retention = Retention()
    var chooser = SegmentChooser()
    /// The newest rows, not decided on.
    var recent: RowBank
    /// The attention that each of them received so far, in units of an even share, and from how many segments.
    var masses: [Float] = []
    var glances: [Float] = []
    package var open: RowBank
    /// The queries of its tokens.
    package var queries: EncodedRows
    package var written = 0
    package var rejected = 0
    /// Tokens of discarded segments.
    var discarded = 0

    package var sources: [RowSources] {
      [whole.sources, compressed.sources, recent.sources, open.sources]
    }

    package mutating func remapJournal(_ newIndex: (Int) -> Int?) {
      whole.remapJournal(newIndex)
      compressed.remapJournal(newIndex)
      recent.remapJournal(newIndex)
      open.remapJournal(newIndex)
    }
  }

  /// The configuration.
  public let configuration: DynamicCompressiveConfiguration
  package let context: ModuleContext
  package let opening: Float?
  let network: WriteNetwork?
  let agent: RetentionAgent
  package var version = 0
  package var state: State { didSet { version += 1 } }

  public init(context: ModuleContext, parameters: ModuleParameters) throws(MemoryError) {
    configuration = try Self.configuration(of: parameters, context: context)
    try context.check(configuration.type, of: Self.kind)
    self.context = context
    opening = Self.opening(of: parameters.gate)
    network =
      configuration.policy == .learned ? try WriteNetwork(tensors: parameters.tensors) : nil
    agent = try RetentionAgent(configuration.retention, tensors: parameters.tensors)
    let shape = RowShape(keysOf: context.model.configuration)
    let none = RowBank(shape: shape, type: configuration.type)
    state = State(
      whole: none, compressed: HeadRows(shape: shape, type: configuration.type), recent: none,
      open: none, queries: Self.noQueries(context, configuration.type))
  }

  public var isEmpty: Bool {
    state.recent.isEmpty && state.whole.isEmpty && state.compressed.isEmpty
  }
  public var entries: Int { state.written }
  public var stateBytes: Int {
    state.whole.byteCount + state.compressed.byteCount + state.recent.byteCount
      + state.open.byteCount + state.queries.data.count
  }
  public var budget: Int? { configuration.recent + configuration.rows }

  /// Tokens that are decided on together: as many as the configuration says, where that much can be compressed at once.
  var segment: Int { min(configuration.segment, RowCompactor(context).limit) }

  public func endSegment() {
    guard !state.open.isEmpty else { return }
    var changed = state
    look(&changed)
    while changed.recent.count >= configuration.recent + segment {
      decide(&changed)
    }
    state = changed
  }

  /// The new rows join the recent ones, and look at all of them.
  private func look(_ state: inout State) {
    let (rows, queries) = state.takeOpen()
    state.recent.append(rows)
    state.masses += [Float](repeating: 0, count: rows.count)
    state.glances += [Float](repeating: 0, count: rows.count)
    guard let queries else { return }
    let attention = RowAttention(context)
    let received = attention.attention(on: state.recent, by: queries)
    let even = attention.evenShares(rows: state.recent.count, queries: queries.count)
    for row in received.indices {
      state.masses[row] += received[row] / max(even[row], 1e-6)
      state.glances[row] += 1
    }
  }
}

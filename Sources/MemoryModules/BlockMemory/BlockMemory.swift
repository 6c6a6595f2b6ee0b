public import Memory
import Transformer

/// A block memory (InfLLM, arXiv 2402.04617; EM-LLM, arXiv 2407.09450) for a frozen model: everything that was learned is kept as
/// blocks of keys and values, and those that a question is about join its attention.
///
/// Blocks are episodes: they begin where a token surprises, and a border is moved to where the parts hang together best. A
/// question finds blocks by its queries and its words; their neighbors in the stream come along. Texts that are read see the newest
/// blocks. Blocks lie in the memory file and are there again after a restart.
public final class BlockMemory: MemoryModule {
  public typealias Configuration = BlockConfiguration

  public static let about = ModuleDescription(
    kind: "block", socket: .attention,
    summary:
      "all that was learned as blocks of keys and values, those a question is about are shown",
    paper: "InfLLM (arXiv 2402.04617), EM-LLM (arXiv 2407.09450)", grows: true, readouts: [.rows])

  /// What was learned.
  package struct State: QueriedRowState {
    /// Each group is a block.
    var blocks: RowBank
    /// The rows, of each block in turn, that represent it.
    var representatives: [[Int]] = []
    /// What is known of each block; nothing where simply the oldest goes.
    var retention = Retention()
    /// Rows of the current segment, not readable yet.
    package var open: RowBank
    /// The queries of its tokens.
    package var queries: EncodedRows
    package var written = 0
    package var rejected = 0

    package var sources: [RowSources] { [blocks.sources, open.sources] }

    package mutating func remapJournal(_ newIndex: (Int) -> Int?) {
      blocks.remapJournal(newIndex)
      open.remapJournal(newIndex)
    }
  }

  /// The configuration.
  public let configuration: BlockConfiguration
  package let context: ModuleContext
  package let opening: Float?
  package var version = 0
  package var state: State { didSet { version += 1 } }
  let finder: BlockFinder
  let agent: RetentionAgent

  public init(context: ModuleContext, parameters: ModuleParameters) throws(MemoryError) {
    configuration = try Self.configuration(of: parameters, context: context)
    try context.check(configuration.type, of: Self.kind)
    self.context = context
    opening = Self.opening(of: parameters.gate)
    finder = BlockFinder(context)
    agent = try RetentionAgent(configuration.retention, tensors: parameters.tensors)
    let none = RowBank(
      shape: RowShape(keysOf: context.model.configuration), type: configuration.type)
    state = State(
      blocks: none, open: none, queries: Self.noQueries(context, configuration.type))
  }

  public var isEmpty: Bool { state.blocks.isEmpty }
  public var entries: Int { state.blocks.count + state.open.count }
  public var stateBytes: Int {
    state.blocks.byteCount + state.open.byteCount + state.queries.data.count
  }
  public var budget: Int? { configuration.budget }

  /// Cuts what was learned since the last segment into blocks.
  public func endSegment() {
    guard !state.open.isEmpty else { return }
    var changed = state
    let (rows, queries) = changed.takeOpen()
    let mass =
      queries.map { RowAttention(context).attention(on: rows, by: $0) }
      ?? [Float](repeating: 0, count: rows.count)
    for range in EventSegmenter(configuration).episodes(of: rows, context) {
      let block = rows.plain(Array(range))
      if configuration.retention == .fifo {
        changed.blocks.append(block, joins: false)
      } else {
        changed.retention.add(
          block, queries: configuration.retention == .attention ? queries.map { $0[range] } : nil,
          to: &changed.blocks, context: context, agent: agent)
      }
      changed.representatives.append(representatives(Array(mass[range])))
    }
    makeRoom(&changed)
    state = changed
  }

  /// Drops blocks beyond the budget.
  private func makeRoom(_ state: inout State) {
    guard configuration.retention == .fifo else {
      let left = state.retention.makeRoom(
        in: &state.blocks, rows: configuration.budget, agent: agent)
      state.representatives = left.map { state.representatives[$0] }
      return
    }
    var dropped = 0
    var left = state.blocks.count
    while left > configuration.budget, dropped + 1 < state.blocks.groups.count {
      left -= state.blocks.groups[dropped].rows
      dropped += 1
    }
    guard dropped > 0 else { return }
    state.blocks = state.blocks.groups(Array(dropped..<state.blocks.groups.count))
    state.representatives.removeFirst(dropped)
  }

  /// The rows of a block that its text attends to most, ascending.
  private func representatives(_ mass: [Float]) -> [Int] {
    let count = configuration.representatives
    guard count > 0, count < mass.count else { return Array(mass.indices) }
    return mass.indices.sorted { (-mass[$0], $0) < (-mass[$1], $1) }.prefix(count).sorted()
  }
}

public import Memory
package import Transformer

/// The memory of a Compressive Transformer (Rae et al. 2019, arXiv 1911.05507) for a frozen model: the keys and values
/// of the last learned tokens join the attention of every block, and older ones are compressed, `rate` rows to one,
/// instead of being discarded.
///
/// Two queues of constant size: `recent` rows and `slots` compressed ones. Keys are stored before RoPE and rotated on
/// reading to positions before the conversation, the newest closest to it; a row of c tokens has a log bias of log c.
/// The grouping of rows depends only on the number of learned tokens, so any split of the stream gives the same memory.
/// The paper compresses hidden states; for the mean, compressing keys and values is equivalent. Here keys and values
/// have separate kernels.
///
/// Its gate is a constant: its log-odds are added to the attention scores of its rows; a closed gate adds no rows.
public final class CompressiveMemory: MemoryModule {
  public typealias Configuration = CompressiveConfiguration

  public static let about = ModuleDescription(
    kind: .compressive, socket: .attention,
    summary: "keys and values of the last tokens learned, older ones compressed",
    paper: "Compressive Transformer (arXiv 1911.05507)", grows: false, readouts: [.rows])

  /// The configuration.
  public let configuration: CompressiveConfiguration
  public var entries: Int { state.written }
  public internal(set) var rejectedUpdates = 0
  public var budget: Int? { configuration.recent + configuration.slots * configuration.rate }

  package let context: ModuleContext
  let compressor: RowCompressor
  /// Added to the scores of all rows; nil when the gate is closed.
  let opening: Float?
  package var state: State
  /// Changes whenever the readable rows change.
  private(set) var version = 0

  /// The learned state.
  package struct State: Sendable {
    /// Compressed rows, oldest first.
    package var slots: RowTable
    /// The newest rows that are read.
    package var recent: RowTable
    /// Rows of the current segment, not readable yet.
    package var open: RowTable
    /// Tokens written.
    package var written = 0
  }

  public init(context: ModuleContext, parameters: ModuleParameters) throws(MemoryError) {
    configuration = try Self.configuration(of: parameters, context: context)
    self.context = context
    let shape = context.model.configuration
    compressor = try RowCompressor(configuration, tensors: parameters.tensors, model: shape)
    let odds = parameters.gate.bias
    opening = 1 / (1 + (-odds).exponential) < parameters.gate.floor ? nil : odds
    let empty = RowTable(layers: shape.layerCount)
    state = State(slots: empty, recent: empty, open: empty)
  }

  /// Blocks of the model.
  var layers: Int { context.model.configuration.layerCount }

  /// Values per row.
  var columns: Int {
    context.model.configuration.keyValueHeadCount * context.model.configuration.headDimension
  }

  public var isEmpty: Bool { state.recent.journal.isEmpty }

  public var stateBytes: Int {
    let rows =
      state.recent.journal.count + state.open.journal.count
      + state.slots.journal.count / configuration.rate
    return 4 * rows * 2 * columns * context.model.configuration.layerCount
  }

  // MARK: - Writing

  /// Stores rows; rows with values that are not finite or too large are rejected one by one.
  func append(_ rows: RowTable) {
    guard rows.isSound else {
      rejectedUpdates += 1
      return
    }
    state.open.append(rows)
    state.written += rows.journal.count
  }

  public func endSegment() {
    guard !state.open.journal.isEmpty else { return }
    state.recent.append(state.open)
    state.open = RowTable(layers: state.open.keys.count)
    compress()
    version += 1
  }

  /// Compresses the rows that no longer fit into the recent ones.
  private func compress() {
    let rate = configuration.rate
    while state.recent.journal.count >= configuration.recent + rate {
      let old = state.recent.removeFirst(rate, columns: columns)
      state.slots.append(compressor.compressed(old))
    }
    let surplus = state.slots.journal.count / rate - configuration.slots
    if surplus > 0 { _ = state.slots.removeFirst(surplus, columns: columns, tokens: rate) }
  }

  // MARK: - Reading

  /// The rows of one block for attention, oldest first; nil when there are none or the gate is closed.
  ///
  /// Answers use all rows. Plain text uses only rows from documents: what people said about themselves is unrelated to
  /// it, and attention does not ignore it by itself (it cost 2 % of the NLL of an unrelated text).
  package func rows(layer: Int, isAnswer: Bool) -> ExtraKeyValues? {
    guard let opening, !isEmpty else { return nil }
    let rate = configuration.rate
    let recent = state.recent.journal.count
    let slots = state.slots.journal.count / rate
    let reach =
      configuration.reach > 0
      ? configuration.reach : max(1, context.model.configuration.contextLength * 3 / 4)
    // A compressed row has the middle position of its tokens.
    let places =
      (0..<slots).map { -recent - (slots - $0) * rate + rate / 2 }
      + (0..<recent).map { $0 - recent }
    let heard = (0..<slots + recent).filter { row in
      isAnswer
        || !(row < slots
          ? state.slots.isSpoken[row * rate..<(row + 1) * rate].contains(true)
          : state.recent.isSpoken[row - slots])
    }
    func shown(_ slots: [Float], _ recent: [Float]) -> [Float] {
      let all = slots + recent
      return heard.count * columns == all.count
        ? all : heard.flatMap { all[$0 * columns..<($0 + 1) * columns] }
    }
    guard !heard.isEmpty else { return nil }
    var rows = ExtraKeyValues(
      count: heard.count, keys: shown(state.slots.keys[layer], state.recent.keys[layer]),
      values: shown(state.slots.values[layer], state.recent.values[layer]),
      positions: heard.map { max(-reach, places[$0]) },
      logBias: heard.map { opening + ($0 < slots ? Float(rate).logarithm : 0) })
    // The first token, an attention sink, does not see the rows, so its activations stay the plain model's.
    rows?.visibleFrom = 1
    return rows
  }

  // MARK: - Snapshots

  private struct Snapshot: Sendable {
    let state: State
    let rejected: Int
  }

  public func snapshot() -> any Sendable { Snapshot(state: state, rejected: rejectedUpdates) }

  public func restore(_ snapshot: any Sendable) {
    guard let snapshot = snapshot as? Snapshot else {
      preconditionFailure("a snapshot of another kind of memory")
    }
    replace(snapshot.state, rejected: snapshot.rejected)
  }

  /// Replaces the state by that of a snapshot or a file.
  func replace(_ state: State, rejected: Int) {
    self.state = state
    rejectedUpdates = rejected
    version += 1
  }
}

extension ModuleKind {
  /// The compressed past of a Compressive Transformer (arXiv 1911.05507).
  public static let compressive: ModuleKind = "compressive"
}

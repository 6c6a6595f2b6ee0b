public import Memory
package import Transformer

/// The memory of a Compressive Transformer (Rae et al. 2019, arXiv 1911.05507) for a frozen model: the keys and values of what
/// was learned last join the attention of every block, and older ones are compressed, `rate` rows to one, instead of being
/// thrown away.
///
/// A first-in-first-out of `recent` rows and one of `slots` compressed ones, of constant size. Keys are kept before
/// rotation and stand before the conversation when they are read, the newest closest to it; a row that stands for c tokens
/// carries log c. What is compressed in which group depends on how many tokens were learned and on nothing else, so any
/// split of the stream gives the same memory. With `rate` rows of the paper's hidden states in place of keys and values the
/// two are the same for its mean; here each has a kernel of its own.
///
/// Its gate is a constant: the log-odds are added to the scores of its rows, and closed there are no rows.
public final class CompressiveMemory: MemoryModule {
  public typealias Configuration = CompressiveConfiguration

  public static let about = ModuleDescription(
    kind: .compressive, socket: .attention,
    summary: "the keys and values of what was read last, older ones compressed",
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
  /// Changes whenever other rows are read.
  private(set) var version = 0

  /// What changes.
  package struct State: Sendable {
    /// Compressed rows, oldest first.
    package var slots: RowTable
    /// The newest rows that are read.
    package var recent: RowTable
    /// Rows of the segment under way, not read yet.
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

  /// Keeps rows; what is not finite, or beyond all measure, is refused, row by row.
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

  /// Compresses what no longer belongs to the recent rows.
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

  /// The rows of one block, oldest first, as attention takes them; nil where there are none or the gate is closed.
  ///
  /// An answer hears everything. In a text that is read only what was read is heard: what people said about themselves has
  /// nothing to do with it, and attention cannot leave it out by itself (it cost 2 % of the NLL of an unrelated text).
  package func rows(layer: Int, isAnswer: Bool) -> ExtraKeyValues? {
    guard let opening, !isEmpty else { return nil }
    let rate = configuration.rate
    let recent = state.recent.journal.count
    let slots = state.slots.journal.count / rate
    let reach =
      configuration.reach > 0
      ? configuration.reach : max(1, context.model.configuration.contextLength * 3 / 4)
    // A slot stands where the middle of its tokens stood.
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
    // The first token, where heads look that have nothing to look for, is what it always is.
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

  /// Another state, from a snapshot or a file.
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

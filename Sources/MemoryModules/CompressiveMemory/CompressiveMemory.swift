public import Memory
import Transformer

/// The memory of a Compressive Transformer (Rae et al. 2019, arXiv 1911.05507) for a frozen model: the keys and values
/// of the last learned tokens join the attention of every block, and older ones are compressed, `rate` rows to one,
/// instead of being discarded.
///
/// Two queues of constant size: `recent` rows and `slots` compressed ones. Keys are stored before RoPE and rotated on
/// reading to positions before the conversation, the newest closest to it; a row of c tokens has a log bias of log c, or one that
/// was fitted. The grouping of rows depends only on the number of learned tokens, so any split of the stream gives the same
/// memory. The paper compresses hidden states; for the mean, compressing keys and values is equivalent. Here keys and values
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
  public var budget: Int? { configuration.recent + configuration.slots * configuration.rate }

  package let context: ModuleContext
  let compressor: RowCompressor
  /// Added to the scores of all rows; nil when the gate is closed.
  package let opening: Float?
  package var state: State { didSet { version += 1 } }
  /// Changes whenever the readable rows change.
  package var version = 0

  /// The learned state.
  package struct State: RowState {
    /// Compressed rows, oldest first; what was compressed together is a group.
    package var slots: RowBank
    /// Likewise, where every head keeps rows of its own; one of the two is empty.
    package var fitted: HeadRows
    /// The newest rows that are read.
    package var recent: RowBank
    /// Rows of the current segment, not readable yet.
    package var open: RowBank
    /// Tokens written.
    package var written = 0
    package var rejected = 0
  }

  public init(context: ModuleContext, parameters: ModuleParameters) throws(MemoryError) {
    configuration = try Self.configuration(of: parameters, context: context)
    try context.check(configuration.type, of: Self.kind)
    self.context = context
    let shape = context.model.configuration
    compressor = try RowCompressor(configuration, tensors: parameters.tensors, model: shape)
    opening = Self.opening(of: parameters.gate)
    let rows = RowShape(keysOf: shape)
    let empty = RowBank(shape: rows, type: configuration.type)
    state = State(
      slots: empty, fitted: HeadRows(shape: rows, type: configuration.type), recent: empty,
      open: empty)
  }

  public var isEmpty: Bool { state.recent.isEmpty }

  public var stateBytes: Int {
    state.slots.byteCount + state.fitted.byteCount + state.recent.byteCount + state.open.byteCount
  }

  public func endSegment() {
    guard !state.open.isEmpty else { return }
    var changed = state
    changed.recent.append(changed.open)
    changed.open = RowBank(shape: shape, type: configuration.type)
    compress(&changed)
    state = changed
  }

  /// Compresses the rows that no longer fit into the recent ones.
  private func compress(_ state: inout State) {
    let unit = configuration.unit
    while state.recent.count >= configuration.recent + unit {
      let old = state.recent.removeFirst(unit)
      switch configuration.function {
      case .matching, .mostUsed:
        state.fitted.append(
          RowCompactor(context, fits: configuration.function == .matching)
            .compacted(old, ratio: configuration.rate))
      case .mean, .max, .convolution:
        state.slots.append(compressor.compressed(old), joins: false)
      }
    }
    let slots = Self.surplus(state.slots.groups.map(\.rows), over: configuration.slots)
    if slots > 0 { state.slots = state.slots.groups(Array(slots..<state.slots.groups.count)) }
    let heads = shape.layers * shape.heads
    let fitted = Self.surplus(
      state.fitted.groups.map { $0.counts.reduce(0, +) }, over: configuration.slots * heads)
    if fitted > 0 { state.fitted = state.fitted.groups(Array(fitted..<state.fitted.groups.count)) }
  }

  /// How many of the first groups have to go for the rows to be within a limit.
  private static func surplus(_ rows: [Int], over limit: Int) -> Int {
    var left = rows.reduce(0, +)
    return rows.prefix { count in
      guard left > limit else { return false }
      left -= count
      return true
    }.count
  }
}

extension ModuleKind {
  /// The compressed past of a Compressive Transformer (arXiv 1911.05507).
  public static let compressive: ModuleKind = "compressive"
}

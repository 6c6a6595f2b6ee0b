public import Memory
public import ModelFiles
import Transformer

/// The segment recurrence of Transformer-XL (Dai et al. 2019, arXiv 1901.02860) for a frozen model: the keys and values of the
/// last learned tokens join the attention of every block, as if they still stood in the context.
///
/// The paper caches hidden states and computes keys and values from them; a frozen model's are the same every time, so they are
/// cached themselves, which is smaller where heads share keys. Its relative positions are what RoPE has by nature. A ring
/// of constant size; with `sinks`, the first tokens of all stay (StreamingLLM), a control that remembers nothing else.
public final class TransformerXLMemory: MemoryModule {
  public typealias Configuration = TransformerXLConfiguration

  public static let about = ModuleDescription(
    kind: "transformer-xl", socket: .attention,
    summary: "keys and values of the last tokens learned, a rolling ring",
    paper: "Transformer-XL (arXiv 1901.02860)", grows: false, readouts: [.rows])

  /// What was learned.
  package struct State: RowState {
    var sinks: RowBank
    var ring: RowBank
    /// Rows of the current segment, not readable yet.
    package var open: RowBank
    /// Tokens learned.
    package var written = 0
    package var rejected = 0

    /// Whether no row was dropped.
    var isWhole: Bool { written == sinks.count + ring.count + open.count }
  }

  /// The configuration.
  public let configuration: TransformerXLConfiguration
  package let context: ModuleContext
  package let opening: Float?
  package var version = 0
  package var state: State { didSet { version += 1 } }

  public init(context: ModuleContext, parameters: ModuleParameters) throws(MemoryError) {
    configuration = try Self.configuration(of: parameters, context: context)
    try context.check(configuration.type, of: Self.kind)
    self.context = context
    opening = Self.opening(of: parameters.gate)
    let none = RowBank(
      shape: RowShape(keysOf: context.model.configuration), type: configuration.type)
    state = State(sinks: none, ring: none, open: none)
  }

  public var isEmpty: Bool { state.ring.isEmpty && state.sinks.isEmpty }
  public var entries: Int { state.written }
  public var stateBytes: Int {
    state.sinks.byteCount + state.ring.byteCount + state.open.byteCount
  }
  public var budget: Int? { configuration.sinks + configuration.rows }

  public func endSegment() {
    guard !state.open.isEmpty else { return }
    var changed = state
    var new = changed.open
    changed.open = RowBank(shape: shape, type: configuration.type)
    let missing = min(configuration.sinks - changed.sinks.count, new.count)
    if missing > 0 { changed.sinks.append(new.removeFirst(missing)) }
    changed.ring.append(new)
    let surplus = changed.ring.count - configuration.rows
    if surplus > 0 { _ = changed.ring.removeFirst(surplus) }
    state = changed
  }
}

extension TransformerXLMemory: OpenRowMemory {
  package func parts(for view: RowView, without overlap: ContextOverlap) -> [RowPart] {
    [state.sinks, state.ring].map { RowPart($0, to: view, without: overlap) }
  }
}

extension TransformerXLMemory: Subtractable {
  /// Exact while no row was dropped: what stands for the tokens after them would otherwise have been kept longer.
  public func forget(_ journal: Set<Int>) -> Forgetting {
    let isKnown = { (place: Int) in place >= 0 && journal.contains(place) }
    let all = [state.sinks, state.ring, state.open]
    let count = all.reduce(0) { $0 + $1.sources.journal.count(where: isKnown) }
    guard count > 0 else { return .nothingToForget }
    guard state.isWhole else { return .unsupported }
    var left = state
    // As the stream would have been: the sinks fill up again from the ring.
    var rows = left.sinks
    rows.append(left.ring)
    rows.keep { !isKnown($0) }
    left.open.keep { !isKnown($0) }
    rows.renumber(from: 0)
    left.open.renumber(from: rows.count)
    left.sinks = rows.removeFirst(min(configuration.sinks, rows.count))
    left.ring = rows
    left.written -= count
    state = left
    return .exact(entries: count)
  }

  public func remapJournal(_ newIndex: (Int) -> Int?) {
    state.sinks.remapJournal(newIndex)
    state.ring.remapJournal(newIndex)
    state.open.remapJournal(newIndex)
  }

  public func save(into writer: inout SafetensorsWriter) {
    state.sinks.save("transformer-xl.sinks", into: &writer)
    state.ring.save("transformer-xl.ring", into: &writer)
    state.open.save("transformer-xl.open", into: &writer)
    writer.add(
      "transformer-xl.counters", int64s: [Int64(state.written), Int64(state.rejected)], shape: [2])
  }

  public func load(from file: SafetensorsFile) throws(MemoryError) {
    func bank(_ name: String) throws(MemoryError) -> RowBank {
      let bank = try RowBank(
        "transformer-xl.\(name)", in: file, shape: shape, type: configuration.type)
      try bank.expectPlain(in: file.path)
      return bank
    }
    var loaded = State(sinks: try bank("sinks"), ring: try bank("ring"), open: try bank("open"))
    (loaded.written, loaded.rejected) = try file.counters("transformer-xl.counters")
    guard loaded.sinks.count <= configuration.sinks, loaded.ring.count <= configuration.rows,
      loaded.written >= loaded.sinks.count + loaded.ring.count + loaded.open.count
    else {
      throw .malformed(
        path: file.path, what: "the transformer-xl memory holds other counts than it can have",
        expected: "at most \(configuration.rows) rows and \(configuration.sinks) sinks")
    }
    state = loaded
  }
}

extension TransformerXLMemory: Inspectable {
  public var contents: ModuleContents {
    let (ring, sinks) = (state.ring.count, state.sinks.count)
    return ModuleContents(
      parts: [
        .init("sinks", count: sinks, tokens: sinks), .init("rows", count: ring, tokens: ring),
      ]
      .filter { $0.count > 0 }, dropped: state.written - ring - sinks - state.open.count,
      rule: "beyond \(configuration.rows) rows the oldest goes")
  }
}

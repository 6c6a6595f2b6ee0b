public import Memory
public import Transformer

extension CompressiveMemory {
  public func install(in host: ModuleHost) -> [HookHandle] {
    let attachment = CompressiveAttachment(self, in: host.session)
    let hooks = host.session.hooks
    let layers = context.model.configuration.layerCount
    var handles = (0..<layers).map { layer in
      hooks.extendAttention(layer: layer) { _ in attachment.rows(layer: layer) }
    }
    guard !host.isReadOnly else { return handles }
    for layer in 0..<layers {
      handles.append(
        hooks.read([.block(layer, .k), .block(layer, .v)]) { context, values in
          attachment.observe(context, values, layer: layer)
        })
    }
    handles.append(hooks.onCommit { event in attachment.commit(event) })
    return handles
  }
}

/// A compressive memory at work in one session: the rows it shows, and the activations of what is not committed yet.
///
/// A text passes through the plain model once more before it is committed (`TransformerSession.commit`), so what is
/// kept are the plain model's keys and values.
private final class CompressiveAttachment {
  private let memory: CompressiveMemory
  /// Keys of all blocks, then values.
  private var pending: PendingRows
  private weak var session: TransformerSession?
  private var shown: (version: Int, isAnswer: Bool, rows: [ExtraKeyValues?])?

  init(_ memory: CompressiveMemory, in session: TransformerSession) {
    self.memory = memory
    self.session = session
    let layers = memory.context.model.configuration.layerCount
    pending = PendingRows(columns: [Int](repeating: memory.columns, count: 2 * layers))
  }

  private var layers: Int { memory.context.model.configuration.layerCount }

  func rows(layer: Int) -> ExtraKeyValues? {
    let isAnswer = session?.mode.isAnswer ?? false
    if let shown, shown.version == memory.version, shown.isAnswer == isAnswer {
      return shown.rows[layer]
    }
    let rows = (0..<layers).map { layer in
      var rows = memory.rows(layer: layer, isAnswer: isAnswer)
      rows?.identity = RowIdentity()
      return rows
    }
    shown = (memory.version, isAnswer, rows)
    return rows[layer]
  }

  func observe(_ context: HookContext, _ values: Span<Float>, layer: Int) {
    pending.store(
      tap: context.point.site == .k ? layer : layers + layer,
      position: context.positions.lowerBound, values: values)
  }

  func commit(_ event: CommitEvent) {
    defer { pending.drop(before: event.positions.upperBound) }
    // The first learned token of a text has nothing it could follow from, and no place in the journal.
    let expected = memory.expected
    memory.expected = []
    let learned = event.learnable.indices.filter { event.learnable[$0] }.suffix(expected.count)
    for (offset, token) in zip(learned, expected.suffix(learned.count)) {
      let position = event.positions.lowerBound + offset
      let taps = (0..<2 * layers).compactMap { pending.values(tap: $0, positions: [position]) }
      guard taps.count == 2 * layers else { continue }
      memory.append(
        RowTable(
          keys: Array(taps[..<layers]), values: Array(taps[layers...]), journal: [token.journal],
          isSpoken: [token.isSpoken]))
    }
    // The host has ended the segment already, before the rows were there.
    if event.endsSegment { memory.endSegment() }
  }
}

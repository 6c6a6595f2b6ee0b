public import Memory
public import Transformer

extension CompressiveMemory: RowMemory, Meetable {
  package var positions: RowPositions {
    RowPositions(placement: configuration.positions, reach: context.reach(configuration.reach))
  }
  package var end: Int { state.written - state.open.count }

  /// Keys and values of every block, before RoPE.
  public var taps: [HookPoint] { rowTaps }

  /// Stores the rows of learned tokens.
  public func write(_ commit: CommittedRows) {
    var changed = state
    if let rows = learnedRows(
      commit, type: configuration.type, place: changed.written, rejected: &changed.rejected)
    {
      changed.open.append(rows)
      changed.written += rows.count
    }
    state = changed
  }

  package func parts(for view: RowView, without overlap: ContextOverlap) -> [RowPart] {
    let isShown = state.fitted.sources.isShown(to: view, without: overlap)
    return [RowPart(state.fitted) { isShown[$0] }]
      + [state.slots, state.recent].map { RowPart($0, to: view, without: overlap) }
  }

  /// Begins with Attention Matching: on a model that nothing was fitted to, names survive it, and hardly a mean.
  public static func parameters(
    from impression: FirstImpression, context: ModuleContext
  ) throws(MemoryError) -> ModuleParameters {
    var configuration = CompressiveConfiguration()
    configuration.function = .matching
    configuration.recent = min(512, max(16, context.model.configuration.contextLength / 2))
    return try ModuleParameters(configuration, gate: .constant(0))
  }
}

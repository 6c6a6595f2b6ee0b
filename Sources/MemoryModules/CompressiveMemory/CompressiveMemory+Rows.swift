public import Memory
import Transformer

extension CompressiveMemory: RowMemory, Meetable {
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

extension CompressiveMemory: Inspectable {
  public var contents: ModuleContents {
    let (slots, fitted, recent) = (state.slots, state.fitted, state.recent)
    let held = slots.sources.count + fitted.sources.count + recent.count
    return ModuleContents(
      parts: [
        .init(
          "compressed rows", count: slots.count + fitted.count,
          tokens: slots.sources.count + fitted.sources.count),
        .init("recent rows", count: recent.count, tokens: recent.count),
      ].filter { $0.count > 0 }, dropped: state.written - held - state.open.count,
      rule: "beyond \(configuration.slots) compressed rows the oldest go")
  }
}

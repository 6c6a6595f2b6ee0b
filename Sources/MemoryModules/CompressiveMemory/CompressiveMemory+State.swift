public import Memory
public import ModelFiles
import Transformer

extension CompressiveMemory: Subtractable {
  /// Uncompressed rows are removed, and the memory is as if it had never seen them. Compressed rows mix all of their
  /// tokens and cannot be separated.
  public func forget(_ journal: Set<Int>) -> Forgetting {
    let isKnown = { journal.contains($0) && $0 >= 0 }
    let all = [state.slots, state.recent, state.open].map(\.sources) + [state.fitted.sources]
    let count = all.reduce(0) { $0 + $1.journal.count(where: isKnown) }
    guard count > 0 else { return .nothingToForget }
    // With compressed rows, the groups would have begun at other tokens.
    guard state.slots.isEmpty, state.fitted.isEmpty,
      state.written == state.recent.count + state.open.count
    else {
      return .unsupported
    }
    var left = state
    left.recent.keep { !isKnown($0) }
    left.open.keep { !isKnown($0) }
    left.recent.renumber(from: 0)
    left.open.renumber(from: left.recent.count)
    left.written -= count
    state = left
    return .exact(entries: count)
  }

  public func remapJournal(_ newIndex: (Int) -> Int?) {
    state.slots.remapJournal(newIndex)
    state.fitted.remapJournal(newIndex)
    state.recent.remapJournal(newIndex)
    state.open.remapJournal(newIndex)
  }

  // MARK: - File

  public func save(into writer: inout SafetensorsWriter) {
    state.slots.save("compressive.slots", into: &writer)
    if configuration.function.takesSegments {
      state.fitted.save("compressive.fitted", into: &writer)
    }
    state.recent.save("compressive.recent", into: &writer)
    state.open.save("compressive.open", into: &writer)
    writer.add(
      "compressive.counters", int64s: [Int64(state.written), Int64(state.rejected)], shape: [2])
  }

  public func load(from file: SafetensorsFile) throws(MemoryError) {
    let isOld = file.tensor("compressive.recent.tokens") == nil
    var loaded = isOld ? try older(file) : try rows(file)
    (loaded.written, loaded.rejected) = try file.counters("compressive.counters")
    guard loaded.slots.count <= configuration.slots, loaded.fitted.count <= configuration.slots,
      loaded.recent.count < configuration.recent + configuration.unit,
      loaded.written >= loaded.slots.sources.count + loaded.fitted.sources.count
        + loaded.recent.count + loaded.open.count
    else {
      throw .malformed(
        path: file.path, what: "the compressive memory holds other counts than it can have",
        expected: "at most \(configuration.slots) slots and \(configuration.recent) recent rows")
    }
    if isOld { loaded.renumber() }
    state = loaded
  }

  private func rows(_ file: SafetensorsFile) throws(MemoryError) -> State {
    func bank(_ name: String) throws(MemoryError) -> RowBank {
      try RowBank("compressive.\(name)", in: file, shape: shape, type: configuration.type)
    }
    let loaded = State(
      slots: try bank("slots"),
      fitted: configuration.function.takesSegments
        ? try HeadRows("compressive.fitted", in: file, shape: shape, type: configuration.type)
        : HeadRows(shape: shape, type: configuration.type),
      recent: try bank("recent"), open: try bank("open"))
    try loaded.recent.expectPlain(in: file.path)
    try loaded.open.expectPlain(in: file.path)
    return loaded
  }
}

extension CompressiveMemory.State {
  /// Places by the order of the tokens, the newest right before the end of what was written.
  fileprivate mutating func renumber() {
    let count = slots.sources.count + recent.count + open.count
    let first = written - count
    slots.renumber(from: first)
    recent.renumber(from: first + slots.sources.count)
    open.renumber(from: written - open.count)
  }
}

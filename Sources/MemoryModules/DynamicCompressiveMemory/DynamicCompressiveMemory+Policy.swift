public import Memory
import Transformer

extension DynamicCompressiveMemory {
  /// The oldest recent segment is kept, compressed or discarded.
  func decide(_ state: inout State) {
    let count = segment
    let rows = state.recent.removeFirst(count)
    let mass = zip(state.masses.prefix(count), state.glances.prefix(count))
      .reduce(Float(0)) { $0 + $1.0 / max(1, $1.1) / Float(count) }
    state.masses.removeFirst(count)
    state.glances.removeFirst(count)
    let arrival = RetentionArrival(rows.sources)
    let match = RetentionMatch(arrival, with: state.tokensBySegment, context: context)
    let masses = [Float](repeating: 0, count: state.isWhole.count) + [mass]
    state.retention.add(
      arrival, match: match, names: arrival.names(context.tokenizer), masses: masses,
      agent: agent)
    let newest = state.retention.records.count - 1
    let choice = state.chooser.choice(
      worth(state.retention.records[newest]), kept: configuration.kept,
      discarded: configuration.discarded)
    switch choice {
    case .keep:
      state.whole.append(rows, joins: false)
      state.isWhole.append(true)
    case .compress:
      state.compressed.append(
        RowCompactor(context).compacted(rows, ratio: configuration.rate))
      state.isWhole.append(false)
    case .discard:
      state.retention.remove { $0 == newest }
      state.discarded += rows.count
    }
    while state.whole.count + state.compressed.count > configuration.rows,
      let gone = agent.victim(state.retention)
    {
      state.removeSegment(gone)
    }
  }

  /// How much a segment is worth.
  package func worth(_ record: RetentionRecord) -> SegmentWorth {
    // As it arrives: of what is counted since, there is nothing yet.
    if let network { return network.worth(record.features(clock: record.birth, slots: 1)) }
    // In units of the usual spread of each.
    let sum = record.surprise + record.peak / 3 + record.mass.logarithmOrZero + 2 * record.novelty
    return SegmentWorth(whole: sum, compressed: sum)
  }
}

extension Float {
  /// The logarithm; 0 where there is none.
  fileprivate var logarithmOrZero: Float { self > 0 ? logarithm : 0 }
}

extension DynamicCompressiveMemory.State {
  /// The tokens of each segment, in the order of the stream.
  var tokensBySegment: [ArraySlice<Int32>] {
    var (whole, compressed) = (whole.tokensByGroup[...], compressed.tokensByGroup[...])
    return isWhole.compactMap { $0 ? whole.popFirst() : compressed.popFirst() }
  }

  /// Takes out a segment by its number.
  mutating func removeSegment(_ number: Int) {
    let place = isWhole.prefix(number).count { $0 == isWhole[number] }
    if isWhole[number] {
      whole = whole.groups(whole.groups.indices.filter { $0 != place })
    } else {
      compressed = compressed.groups(compressed.groups.indices.filter { $0 != place })
    }
    isWhole.remove(at: number)
    retention.remove { $0 == number }
  }
}

extension DynamicCompressiveMemory: QueriedRowMemory {
  package var measuresAttention: Bool { true }

  package func parts(for view: RowView, without overlap: ContextOverlap) -> [RowPart] {
    if let again = passages(of: texts(for: view, without: overlap), for: view) { return [again] }
    func isShown(_ sources: RowSources) -> [Bool] {
      asRows(sources.isShown(to: view, without: overlap), of: sources, for: view)
    }
    let (compressed, whole, recent) = (
      isShown(state.compressed.sources), isShown(state.whole.sources),
      isShown(state.recent.sources)
    )
    return [
      RowPart(state.compressed) { compressed[$0] }, RowPart(state.whole) { whole[$0] },
      RowPart(state.recent) { recent[$0] },
    ]
  }

  private func texts(for view: RowView, without overlap: ContextOverlap) -> [Passages.Text] {
    let all = RowSources.joined(
      [state.compressed.sources, state.whole.sources, state.recent.sources])
    return all.texts(where: all.isShown(to: view, without: overlap))
  }

  public static func parameters(
    from impression: FirstImpression, context: ModuleContext
  ) throws(MemoryError) -> ModuleParameters { try retaining(context) }
}

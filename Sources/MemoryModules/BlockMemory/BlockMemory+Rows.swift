public import Memory
public import Transformer

extension BlockMemory: OpenRowMemory {
  package var positions: RowPositions {
    RowPositions(placement: configuration.positions, reach: context.reach(configuration.reach))
  }
  package var end: Int { state.written - state.open.count }

  public var taps: [HookPoint] {
    rowTaps + (0..<shape.layers).map { .block($0, .q) }
  }

  public func write(_ commit: CommittedRows) {
    var changed = state
    let before = changed.rejected
    guard
      let rows = learnedRows(
        commit, type: configuration.type, place: changed.written, rejected: &changed.rejected)
    else {
      state = changed
      return
    }
    changed.open.append(rows)
    changed.written += rows.count
    // Where a row was left out, queries no longer stand beside keys; representatives are then the first rows.
    if changed.rejected == before, changed.queries.count + rows.count == changed.open.count {
      changed.queries.append(queries(commit))
    }
    state = changed
  }

  /// The queries of a commit's learned tokens.
  private func queries(_ commit: CommittedRows) -> EncodedRows {
    let kind = state.queries.shape
    let learned = commit.isLearned.indices.filter { commit.isLearned[$0] }
    let tables = (0..<shape.layers).map { layer in
      let table = commit.rows(at: .block(layer, .q))
      return learned.flatMap { table[$0 * kind.columns..<($0 + 1) * kind.columns] }
    }
    return EncodedRows(tables, shape: kind, type: configuration.type)
  }

  package func parts(for view: RowView, without overlap: ContextOverlap) -> [RowPart] {
    let isShown = state.blocks.sources.isShown(to: view, without: overlap)
    let chosen = blocks(for: view, isShown: isShown)
    return [RowPart(state.blocks, groups: chosen) { isShown[$0] }]
  }

  /// The blocks for a question, in the order of the stream; without a question the newest.
  package func blocks(for view: RowView, isShown: [Bool]) -> [Int] {
    let groups = state.blocks.groups
    let starts = state.blocks.starts
    // Of each block the rows that may be shown; a block without any is not looked for.
    let sizes = groups.indices.map { index in
      (starts[index].sources..<starts[index].sources + groups[index].sources).count { isShown[$0] }
    }
    if sizes.reduce(0, +) <= configuration.shown { return groups.indices.filter { sizes[$0] > 0 } }
    var room = configuration.shown
    var chosen = Set<Int>()
    func take(_ block: Int, leaving rest: Int) {
      guard groups.indices.contains(block), sizes[block] > 0, !chosen.contains(block),
        sizes[block] <= room - rest
      else { return }
      chosen.insert(block)
      room -= sizes[block]
    }
    let neighbors = Int(configuration.contiguity * Float(configuration.shown))
    for block in ranking(for: view).filter({ sizes[$0] > 0 }) {
      guard room > 0 else { break }
      take(block, leaving: view.question.isEmpty ? 0 : min(neighbors, room))
      guard chosen.contains(block), !view.question.isEmpty else { continue }
      // The episode before and the one after come along, as memories do.
      for neighbor in [block + 1, block - 1] where room > configuration.shown - neighbors {
        take(neighbor, leaving: 0)
      }
    }
    return chosen.sorted()
  }

  /// All blocks, the most relevant first.
  private func ranking(for view: RowView) -> [Int] {
    let newest = Array(state.blocks.groups.indices.reversed())
    guard !view.question.isEmpty else { return newest }
    var scores: [[Double]] = []
    if configuration.addressing != .words {
      scores.append(
        finder.scores(of: state.blocks, representatives: state.representatives, for: view))
    }
    if configuration.addressing != .keys { scores.append(words(view)) }
    // Ranks add up as 1 / (60 + rank): the two kinds of scores have no common unit.
    var sums = [Double](repeating: 0, count: newest.count)
    for score in scores {
      let order = newest.sorted { (-score[$0], -$0) < (-score[$1], -$1) }
      for (rank, block) in order.enumerated() { sums[block] += 1 / Double(60 + rank) }
    }
    return newest.sorted { (-sums[$0], -$0) < (-sums[$1], -$1) }
  }

  private func words(_ view: RowView) -> [Double] {
    var relevance = TokenRelevance(context)
    for (group, start) in zip(state.blocks.groups, state.blocks.starts) {
      relevance.add(state.blocks.sources.tokens[start.sources..<start.sources + group.sources])
    }
    return relevance.scores(for: view.prompt[view.question])
  }
}

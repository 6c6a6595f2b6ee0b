public import Memory
import Transformer

extension BlockMemory: QueriedRowMemory {
  /// They choose the rows that represent a block; without them those are the first.
  package var measuresAttention: Bool { true }

  package func parts(for view: RowView, without overlap: ContextOverlap) -> [RowPart] {
    var isShown = state.blocks.sources.isShown(to: view, without: overlap)
    // In place of blocks: a small model copies names and numbers out of what stands right before the question as it was never said
    // among much else; the rows of blocks beside them confuse it.
    let again = passages(of: state.blocks.sources.texts(where: isShown), for: view)
    if let again { return [again] }
    isShown = asRows(isShown, of: state.blocks.sources, for: view)
    let chosen = blocks(for: view, isShown: isShown)
    return [RowPart(state.blocks, groups: chosen) { isShown[$0] }]
  }

  /// The blocks for a question, in the order of the stream; without a question the newest.
  package func blocks(for view: RowView, isShown: [Bool]) -> [Int] {
    let groups = state.blocks.groups
    // A block without rows that may be shown is not looked for.
    let sizes = state.blocks.shownByGroup(isShown)
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
    if configuration.addressing != .keys {
      scores.append(state.blocks.wordScores(for: view, context))
    }
    // Ranks add up as 1 / (60 + rank): the two kinds of scores have no common unit.
    var sums = [Double](repeating: 0, count: newest.count)
    for score in scores {
      let order = newest.sorted { (-score[$0], -$0) < (-score[$1], -$1) }
      for (rank, block) in order.enumerated() { sums[block] += 1 / Double(60 + rank) }
    }
    return newest.sorted { (-sums[$0], -$0) < (-sums[$1], -$1) }
  }
}

extension BlockMemory: Inspectable {
  public var contents: ModuleContents {
    ModuleContents(
      parts: [.init(rows: state.blocks.count, in: state.blocks.groups.count, "block")],
      dropped: state.dropped,
      rule: "beyond \(configuration.budget) rows \(configuration.retention.rule)",
      slots: zip(state.blocks.tokensByGroup, state.representatives).map { tokens, rows in
        ModuleContents.Slot(
          tokens: Array(tokens.prefix(ModuleContents.excerpt)), count: tokens.count,
          remarks: rows.count < tokens.count ? ["\(rows.count) rows represent it"] : [])
      })
  }
}

import Tensors

extension NeighborMemory {
  /// The number of words before both entries that must be equal,
  private static let sharedTokens = 3
  /// and the number from which on equal words always suffice.
  private static let longestCommon = 12

  /// Hits without those that a newer entry replaces: one with a similar key and the same words before it (except for
  /// capitals), but another token. After "the dog is called Bozkif" and later "the dog is called Rimpol", only Rimpol
  /// counts, however similar both keys are to the question's.
  func current(_ hits: [NeighborStore.Hit]) -> [NeighborStore.Hit] {
    guard configuration.supersededFrom <= 1, hits.count > 1 else { return hits }
    let stale = hits.filter { old in
      hits.contains { $0.index > old.index && supersedes($0.index, old.index) }
    }
    let places = Set(stale.map(\.index))
    return places.isEmpty ? hits : hits.filter { !places.contains($0.index) }
  }

  /// Hits that were pointed to, and the search hits that supersede one of them, so that following pointers does not
  /// miss later corrections.
  func corrected(
    _ pointed: [NeighborStore.Hit], by found: [NeighborStore.Hit]
  ) -> [NeighborStore.Hit] {
    guard configuration.supersededFrom <= 1 else { return pointed }
    let held = Set(pointed.map(\.index))
    let newer = found.filter { new in
      !held.contains(new.index)
        && pointed.contains { $0.index < new.index && supersedes(new.index, $0.index) }
    }
    return newer.isEmpty ? pointed : (pointed + newer).sorted { $0.score > $1.score }
  }

  /// Whether a newer entry has another token after the same words and a similar key.
  private func supersedes(_ new: Int, _ old: Int) -> Bool {
    // The words first: they are cheap to compare.
    guard store.token(of: new) != store.token(of: old), standsBehindTheSame(old, new),
      let key = store.key(of: old)
    else { return false }
    return key.withUnsafeBufferPointer { key in
      key.baseAddress.flatMap { store.score(of: new, $0) } ?? -1
    } >= configuration.supersededFrom
  }

  /// Whether two entries follow the same words, back to where one of their clauses begins: "No, my friend is called"
  /// and "My friend is called", but not "My pen friend is called".
  private func standsBehindTheSame(_ a: Int, _ b: Int) -> Bool {
    for back in 0..<Self.longestCommon {
      let (left, right) = (token(before: a - back), token(before: b - back))
      if let left, let right, forms.isSameWord(left, right) { continue }
      return back >= Self.sharedTokens && (forms.isBoundary(left) || forms.isBoundary(right))
    }
    return true
  }

  /// The token before an entry, in the same text.
  private func token(before index: Int) -> Int32? {
    index > 0 && store.follows(index) ? store.token(of: index - 1) : nil
  }
}

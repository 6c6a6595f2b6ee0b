import Tensors

extension NeighborMemory {
  /// Nearest neighbors among which a newer one may take an older one's place.
  private static let rivals = 16

  /// Tokens that must stand before both.
  private static let sharedTokens = 3

  /// Hits without those that something newer takes the place of: a later entry behind a like key and the same three tokens
  /// says another one. Who says first that the dog is called Bozkif and then that it is called Rimpol means Rimpol, however alike both
  /// keys are to the question's.
  func current(_ hits: [NeighborStore.Hit]) -> [NeighborStore.Hit] {
    guard configuration.supersededFrom <= 1, hits.count > 1 else { return hits }
    let near = hits.prefix(Self.rivals)
    let tokens = near.map { store.token(of: $0.index) }
    var stale: Set<Int> = []
    for (place, hit) in near.enumerated() {
      let rivals = near.indices.filter {
        near[$0].index > hit.index && tokens[$0] != tokens[place]
      }
      guard !rivals.isEmpty, let key = store.key(of: hit.index) else { continue }
      let isStale = key.withUnsafeBufferPointer { key in
        guard let start = key.baseAddress else { return false }
        return rivals.contains {
          (store.score(of: near[$0].index, start) ?? -1) >= configuration.supersededFrom
            && standsBehindTheSame(hit.index, near[$0].index)
        }
      }
      if isStale { stale.insert(hit.index) }
    }
    return stale.isEmpty ? hits : hits.filter { !stale.contains($0.index) }
  }

  /// Whether the tokens before two entries are the same ones.
  private func standsBehindTheSame(_ a: Int, _ b: Int) -> Bool {
    (0..<Self.sharedTokens).allSatisfy { back in
      let (x, y) = (a - back, b - back)
      guard x > 0, y > 0, store.follows(x), store.follows(y), let left = store.token(of: x - 1)
      else { return false }
      return left == store.token(of: y - 1)
    }
  }
}

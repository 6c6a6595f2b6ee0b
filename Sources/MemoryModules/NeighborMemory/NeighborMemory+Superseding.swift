import Tensors

extension NeighborMemory {
  /// Nearest neighbors among which a newer one may take an older one's place.
  private static let rivals = 16

  /// Hits without those that something newer takes the place of: a later entry behind nearly the same key says another
  /// token. Who says first that the dog is called Bozkif and then that it is called Rimpol means Rimpol, however alike both
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
        }
      }
      if isStale { stale.insert(hit.index) }
    }
    return stale.isEmpty ? hits : hits.filter { !stale.contains($0.index) }
  }
}

/// The best hits so far: a binary heap with the worst on top.
package struct BestHits: Sendable {
  private let capacity: Int
  private var heap: [NeighborStore.Hit] = []

  package init(capacity: Int) {
    self.capacity = capacity
    heap.reserveCapacity(min(capacity, 4096))
  }

  /// Whether `a` ranks below `b`.
  private static func isWorse(_ a: NeighborStore.Hit, _ b: NeighborStore.Hit) -> Bool {
    a.score < b.score || a.score == b.score && a.index > b.index
  }

  package mutating func offer(_ index: Int, _ score: Float) {
    guard score.isFinite, capacity > 0 else { return }
    let hit = NeighborStore.Hit(index: index, score: score)
    if heap.count < capacity {
      heap.append(hit)
      var child = heap.count - 1
      while child > 0 {
        let parent = (child - 1) / 2
        guard Self.isWorse(heap[child], heap[parent]) else { break }
        heap.swapAt(child, parent)
        child = parent
      }
    } else if Self.isWorse(heap[0], hit) {
      heap[0] = hit
      var parent = 0
      while true {
        var worst = parent
        for child in [2 * parent + 1, 2 * parent + 2]
        where child < heap.count && Self.isWorse(heap[child], heap[worst]) { worst = child }
        guard worst != parent else { break }
        heap.swapAt(parent, worst)
        parent = worst
      }
    }
  }

  /// Best first.
  package func sorted() -> [NeighborStore.Hit] { heap.sorted { Self.isWorse($1, $0) } }
}

/// The k largest numbers so far: a binary heap with the smallest on top.
struct LargestValues {
  private let capacity: Int
  private(set) var values: [Float] = []

  init(capacity: Int) { self.capacity = capacity }

  /// The k-th largest; -infinity before there are k.
  var threshold: Float { values.count == capacity ? values[0] : -.infinity }

  mutating func offer(_ value: Float) {
    if values.count < capacity {
      values.append(value)
      var child = values.count - 1
      while child > 0, values[child] < values[(child - 1) / 2] {
        values.swapAt(child, (child - 1) / 2)
        child = (child - 1) / 2
      }
    } else if value > values[0] {
      var parent = 0
      var child = 1
      while child < capacity {
        if child + 1 < capacity, values[child + 1] < values[child] { child += 1 }
        guard values[child] < value else { break }
        values[parent] = values[child]
        parent = child
        child = 2 * parent + 1
      }
      values[parent] = value
    }
  }
}

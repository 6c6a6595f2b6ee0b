import MemoryModules
import Tensors
import TestSupport
import Testing

@Suite("Neighbor store: exact search")
struct NeighborStoreTests {
  let columns = 20

  func store(_ count: Int, seed: UInt64 = 1) -> NeighborStore {
    var generator = TinyLlama.Generator(seed: seed)
    var store = NeighborStore(columns: columns)
    store.append(
      keys: generator.normal(count * columns), tokens: (0..<count).map { Int32($0 % 50) },
      journal: Array(0..<count))
    return store
  }

  @Test("Equal to the naive search", arguments: [1, 3, 4, 37], [1, 8, 64, 5000])
  func equalsReference(rows: Int, k: Int) {
    // More entries than one block of the batched search.
    let store = store(2500)
    var generator = TinyLlama.Generator(seed: 9)
    let queries = generator.normal(rows * columns)
    let found = store.search(queries, rows: rows, k: k, limit: 2300, threads: .shared)
    let expected = store.referenceSearch(queries, rows: rows, k: k, limit: 2300)
    #expect(found.count == rows)
    for (found, expected) in zip(found, expected) {
      #expect(found.count == expected.count)
      var misplaced = 0
      for (a, b) in zip(found, expected) {
        #expect(abs(a.score - b.score) < 1e-5)
        if a.index != b.index { misplaced += 1 }
      }
      // Only entries whose scores agree to the last bit or two may have changed places.
      #expect(misplaced <= 2)
      #expect(Set(found.map(\.index)).count == found.count)
    }
  }

  @Test("Ties go to the older entry", arguments: [1, 8])
  func ties(rows: Int) {
    var store = NeighborStore(columns: 2)
    let keys = (0..<40).flatMap { index -> [Float] in index % 4 == 0 ? [1, 0] : [0, 1] }
    store.append(keys: keys, tokens: [Int32](repeating: 1, count: 40), journal: Array(0..<40))
    let queries = (0..<rows).flatMap { _ -> [Float] in [1, 0] }
    for hits in store.search(queries, rows: rows, k: 12, limit: 40, threads: .shared) {
      #expect(hits.map(\.index) == [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 1, 2])
    }
  }

  @Test("The number of threads does not matter, nor does the number of queries")
  func deterministic() {
    let store = store(5000)
    var generator = TinyLlama.Generator(seed: 9)
    let queries = generator.normal(9 * columns)
    let one = store.search(queries, rows: 9, k: 64, limit: 5000, threads: ThreadPool(threads: 1))
    let four = store.search(queries, rows: 9, k: 64, limit: 5000, threads: ThreadPool(threads: 4))
    #expect(one == four)
    for row in 0..<9 {
      let alone = store.search(
        Array(queries[row * columns..<(row + 1) * columns]), rows: 1, k: 64, limit: 5000,
        threads: .shared)
      #expect(alone[0].map(\.index) == one[row].map(\.index))
    }
  }

  @Test("Nothing to find")
  func nothing() {
    let store = store(10)
    let query = [Float](repeating: 1, count: columns)
    #expect(store.search(query, rows: 1, k: 5, limit: 0, threads: .shared) == [[]])
    #expect(store.search(query, rows: 1, k: 0, limit: 10, threads: .shared) == [[]])
    #expect(store.search([], rows: 0, k: 5, limit: 10, threads: .shared) == [])
    let broken = [Float](repeating: .nan, count: columns)
    #expect(store.search(broken, rows: 1, k: 5, limit: 10, threads: .shared) == [[]])
  }

  @Test("Truncating forgets the newest; counts must agree")
  func truncates() {
    var changed = store(30)
    let shorter = store(30)
    changed.append(keys: [Float](repeating: 1, count: columns), tokens: [3], journal: [30])
    #expect(changed != shorter)
    changed.truncate(to: 30)
    #expect(changed == shorter)
    changed.truncate(to: 99)
    #expect(changed == shorter)
    #expect(NeighborStore(columns: 2, keys: [1, 2, 3], tokens: [1], journal: [1]) == nil)
    #expect(NeighborStore(columns: 2, keys: [1, 2], tokens: [1], journal: []) == nil)
    #expect(NeighborStore(columns: 2, keys: [1, 2], tokens: [1], journal: [0])?.count == 1)
  }
}

@Suite("The best hits so far")
struct BestHitsTests {
  @Test("Keeps the best in any order of arrival", arguments: 0..<20)
  func keepsBest(seed: Int) {
    var generator = TinyLlama.Generator(seed: UInt64(seed))
    let scores = (0..<200).map { _ in Float(Int.random(in: 0..<30, using: &generator)) }
    var best = BestHits(capacity: 17)
    for (index, score) in scores.enumerated() { best.offer(index, score) }
    let expected = scores.enumerated().sorted { ($1.element, $0.offset) < ($0.element, $1.offset) }
      .prefix(17)
    #expect(best.sorted().map(\.index) == expected.map(\.offset))
  }

  @Test("Scores that are not finite are left out")
  func finiteOnly() {
    var best = BestHits(capacity: 3)
    for (index, score) in [Float.nan, 1, .infinity, 2, -.infinity].enumerated() {
      best.offer(index, score)
    }
    #expect(best.sorted().map(\.index) == [3, 1])
  }
}

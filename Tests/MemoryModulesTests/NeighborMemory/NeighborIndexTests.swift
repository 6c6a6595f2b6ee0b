import Memory
import MemoryModules
import Tensors
import TestSupport
import Testing

/// The approximate search of large stores.
@Suite("Neighbor memory: the index")
struct NeighborIndexTests {
  let columns = 24

  /// Keys that gather around some directions, as those of text do.
  func clustered(_ count: Int, seed: UInt64) -> [Float] {
    var centres = TinyLlama.Generator(seed: 99)
    let directions = (0..<40).map { _ in centres.normal(columns) }
    var generator = TinyLlama.Generator(seed: seed)
    return (0..<count).flatMap { _ -> [Float] in
      let centre = directions[Int.random(in: 0..<40, using: &generator)]
      var key = zip(centre, generator.normal(columns)).map { $0 + 0.5 * $1 }
      LinearAlgebra.normalize(&key, count: columns)
      return key
    }
  }

  func store(_ count: Int) -> NeighborStore {
    var store = NeighborStore(columns: columns)
    store.append(
      keys: clustered(count, seed: 1), tokens: (0..<count).map { Int32($0 % 50) },
      journal: Array(0..<count))
    return store
  }

  func recall(_ found: [[NeighborStore.Hit]], _ exact: [[NeighborStore.Hit]]) -> Double {
    let shared = zip(found, exact).reduce(0) {
      $0 + Set($1.0.map(\.index)).intersection($1.1.map(\.index)).count
    }
    return Double(shared) / Double(exact.reduce(0) { $0 + $1.count })
  }

  @Test("Recall grows with the lists looked into, and all of them are exact")
  func recalls() {
    let store = store(6000)
    let index = NeighborIndex(store, smallest: 6000, threads: .shared)
    #expect(index.count == 6000)
    let queries = clustered(30, seed: 2)
    let exact = store.search(queries, rows: 30, k: 32, threads: .shared)
    var last = 0.0
    for probes in [1, 8, index.listCount] {
      let found = index.search(
        store, queries, rows: 30, k: 32, probes: probes, threads: .shared)
      let share = recall(found, exact)
      #expect(share >= last)
      last = share
      // What is found is scored exactly.
      for (found, exact) in zip(found, exact) {
        for hit in found where exact.contains(where: { $0.index == hit.index }) {
          #expect(exact.contains(hit))
        }
      }
      if probes == 8 { #expect(share > 0.95) }
      if probes == index.listCount { #expect(found == exact) }
    }
  }

  @Test("The same store gives the same index, grown or made at once, with any number of threads")
  func deterministic() {
    let queries = clustered(10, seed: 3)
    var grown = store(1000)
    let index = NeighborIndex(grown, smallest: 1000, threads: ThreadPool(threads: 1))
    var finder: RowFinder?
    for part in 0..<5 {
      grown.append(
        keys: clustered(300, seed: UInt64(20 + part)),
        tokens: (0..<300).map { Int32($0 % 50) }, journal: Array(0..<300),
        follows: [Bool](repeating: false, count: 300), finder: &finder)
      index.follow(grown, threads: .shared)
    }
    #expect(index.count == 2500)
    #expect(index.fits(grown, smallest: 1000))
    let whole = NeighborIndex(grown, smallest: 1000, threads: ThreadPool(threads: 3))
    #expect(
      index.search(grown, queries, rows: 10, k: 20, probes: 3, threads: .shared)
        == whole.search(grown, queries, rows: 10, k: 20, probes: 3, threads: .shared))
    #expect(!index.fits(store(4000), smallest: 1000), "other centroids are due")
    #expect(!index.fits(store(900), smallest: 1000))
  }

  @Test("It follows the store back and forth; deleted entries are not found")
  func follows() {
    let small = store(1000)
    var one = small
    var finder: RowFinder?
    one.append(
      keys: clustered(200, seed: 31), tokens: [Int32](repeating: 1, count: 200),
      journal: Array(1000..<1200), follows: [Bool](repeating: false, count: 200),
      finder: &finder)
    var other = small
    var second: RowFinder?
    other.append(
      keys: clustered(300, seed: 32), tokens: [Int32](repeating: 2, count: 300),
      journal: Array(1000..<1300), follows: [Bool](repeating: false, count: 300),
      finder: &second)
    let index = NeighborIndex(small, smallest: 1000, threads: .shared)
    let all = index.listCount
    let queries = clustered(10, seed: 4)
    var deleted = other
    _ = deleted.forget(Set(500..<1100))
    for store in [one, other, small, one, deleted, small] {
      index.follow(store, threads: .shared)
      #expect(
        index.search(store, queries, rows: 10, k: 20, probes: all, threads: .shared)
          == store.search(queries, rows: 10, k: 20, threads: .shared))
    }
  }
}

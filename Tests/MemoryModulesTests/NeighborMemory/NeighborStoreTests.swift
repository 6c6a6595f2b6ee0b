import MemoryModules
import Tensors
import TestSupport
import Testing

@Suite("Neighbor store: exact search")
struct NeighborStoreTests {
  let columns = 20

  func store(
    _ count: Int, type: NeighborKeyType = .f32, seed: UInt64 = 1, columns: Int = 20
  ) -> NeighborStore {
    var generator = TinyLlama.Generator(seed: seed)
    var store = NeighborStore(columns: columns, type: type)
    store.append(
      keys: generator.normal(count * columns), tokens: (0..<count).map { Int32($0 % 50) },
      journal: Array(0..<count))
    return store
  }

  @Test(
    "Equal to a naive search in Float64, over keys as they are kept", arguments: [1, 3, 9, 37],
    NeighborKeyType.allCases)
  func equalsReference(rows: Int, type: NeighborKeyType) {
    // More entries than one chunk, and a last group that is not full.
    let store = store(2507, type: type)
    var generator = TinyLlama.Generator(seed: 9)
    let queries = generator.normal(rows * columns)
    for k in [1, 8, 64, 5000] {
      let found = store.search(queries, rows: rows, k: k, threads: .shared)
      let expected = store.referenceSearch(queries, rows: rows, k: k)
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
  }

  @Test("Any number of columns, and keys of any size", arguments: [1, 2, 3, 4, 7, 33, 65])
  func odd(columns: Int) {
    var generator = TinyLlama.Generator(seed: 4)
    var keys = generator.normal(300 * columns)
    for row in 0..<300 {
      // From a millionth to a million, and some zeros.
      let scale = row % 10 == 0 ? 0 : Float.exp(Float(row % 29) - 14)
      for column in 0..<columns { keys[row * columns + column] *= scale }
    }
    for type in NeighborKeyType.allCases where type != .f16 {
      var store = NeighborStore(columns: columns, type: type)
      store.append(
        keys: keys, tokens: (0..<300).map { Int32($0) }, journal: Array(0..<300))
      let query = generator.normal(columns)
      let found = store.search(query, rows: 1, k: 20, threads: .shared)[0]
      let expected = store.referenceSearch(query, rows: 1, k: 20)[0]
      #expect(found.count == expected.count)
      for (a, b) in zip(found, expected) {
        #expect(abs(a.score - b.score) <= 1e-5 * max(1, abs(b.score)))
      }
    }
  }

  @Test("Ties go to the older entry", arguments: [1, 8], NeighborKeyType.allCases)
  func ties(rows: Int, type: NeighborKeyType) {
    var store = NeighborStore(columns: 2, type: type)
    let keys = (0..<40).flatMap { index -> [Float] in index % 4 == 0 ? [1, 0] : [0, 1] }
    store.append(keys: keys, tokens: (0..<40).map { Int32($0) }, journal: Array(0..<40))
    let queries = (0..<rows).flatMap { _ -> [Float] in [1, 0] }
    for hits in store.search(queries, rows: rows, k: 12, threads: .shared) {
      #expect(hits.map(\.index) == [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 1, 2])
    }
  }

  @Test("Bits depend neither on the number of threads nor on the other queries")
  func deterministic() {
    let store = store(20000)
    var generator = TinyLlama.Generator(seed: 9)
    let queries = generator.normal(70 * columns)
    let one = store.search(queries, rows: 70, k: 64, threads: ThreadPool(threads: 1))
    let four = store.search(queries, rows: 70, k: 64, threads: ThreadPool(threads: 4))
    #expect(one == four)
    for row in stride(from: 0, to: 70, by: 9) {
      let alone = store.search(
        Array(queries[row * columns..<(row + 1) * columns]), rows: 1, k: 64, threads: .shared)
      #expect(alone[0] == one[row])
    }
  }

  @Test("Nothing to find")
  func nothing() {
    let store = store(10)
    let query = [Float](repeating: 1, count: columns)
    #expect(
      NeighborStore(columns: columns).search(query, rows: 1, k: 5, threads: .shared) == [[]])
    #expect(store.search(query, rows: 1, k: 0, threads: .shared) == [[]])
    #expect(store.search([], rows: 0, k: 5, threads: .shared) == [])
    let broken = [Float](repeating: .nan, count: columns)
    #expect(store.search(broken, rows: 1, k: 5, threads: .shared) == [[]])
    // A zero query finds everything equally near.
    let zero = [Float](repeating: 0, count: columns)
    #expect(
      store.search(zero, rows: 1, k: 4, threads: .shared)[0].map(\.index) == [0, 1, 2, 3])
  }

  @Test("A stored key finds itself first", arguments: NeighborKeyType.allCases)
  func findsItself(type: NeighborKeyType) throws {
    let store = store(3000, type: type, columns: 48)
    for entry in stride(from: 0, to: 3000, by: 177) {
      let key = try #require(store.key(of: entry))
      let hit = try #require(store.search(key, rows: 1, k: 1, threads: .shared)[0].first)
      #expect(hit.index == entry)
      #expect(hit.score == key.withUnsafeBufferPointer { store.score(of: entry, $0.baseAddress!) })
    }
  }

  // MARK: - Equal entries

  @Test("Entries with equal key and token share a row", arguments: NeighborKeyType.allCases)
  func merges(type: NeighborKeyType) {
    var store = NeighborStore(columns: 3, type: type)
    let a: [Float] = [1, 2, 3]
    let b: [Float] = [1, 2, 4]
    store.append(
      keys: a + b + a + a + b, tokens: [5, 5, 5, 6, 5], journal: [0, 1, 2, 3, 4])
    #expect(store.count == 5)
    #expect(store.liveCount == 5)
    #expect(store.rowCount == 3)
    #expect((0..<5).map { store.weight(of: $0) } == [2, 2, 2, 1, 2])
    let hits = store.search(a, rows: 1, k: 10, threads: .shared)[0]
    #expect(Set(hits.map(\.index)) == [0, 1, 3])
    // A copy that grows on its own does not change the other, whoever made the finder.
    var copy = store
    copy.append(keys: a, tokens: [6], journal: [5])
    #expect(copy.weight(of: 3) == 2)
    #expect(store.weight(of: 3) == 1)
  }

  // MARK: - Deleting

  @Test("Deleted entries are never found; ids of the others stay", arguments: [1, 40])
  func deletes(rows: Int) {
    var store = store(3000)
    let before = store
    var generator = TinyLlama.Generator(seed: 5)
    let queries = generator.normal(rows * columns)
    let gone = Set((0..<3000).filter { $0 % 3 == 1 || $0 > 2900 })
    #expect(store.forget(gone) == gone.count)
    #expect(store.forget(gone) == 0)
    #expect(store.liveCount == 3000 - gone.count)
    #expect(store.count == 3000)
    let found = store.search(queries, rows: rows, k: 64, threads: .shared)
    let all = before.search(queries, rows: rows, k: 3000, threads: .shared)
    for (found, all) in zip(found, all) {
      #expect(found == Array(all.filter { !gone.contains($0.index) }.prefix(64)))
    }
    #expect(before.liveCount == 3000, "a copy is untouched")
  }

  @Test("Of equal entries one by one can be deleted; the oldest left is named")
  func deletesMerged() {
    var store = NeighborStore(columns: 2)
    let key: [Float] = [0.6, 0.8]
    store.append(
      keys: key + key + key + [1, 0], tokens: [7, 7, 7, 8], journal: [10, 11, 12, 13])
    #expect(store.forget([10]) == 1)
    var hits = store.search(key, rows: 1, k: 4, threads: .shared)[0]
    #expect(hits.map(\.index) == [1, 3])
    #expect(store.weight(of: 1) == 2)
    #expect(store.token(of: 0) == nil)
    #expect(store.forget([11, 12]) == 2)
    hits = store.search(key, rows: 1, k: 4, threads: .shared)[0]
    #expect(hits.map(\.index) == [3])
    // What comes back is a new entry.
    store.append(keys: key, tokens: [7], journal: [14])
    #expect(store.search(key, rows: 1, k: 1, threads: .shared)[0].map(\.index) == [4])
  }

  @Test("An entry behind a deleted one follows nothing")
  func succession() {
    var store = NeighborStore(columns: 1)
    var finder: RowFinder?
    store.append(
      keys: [1, 2, 3, 4], tokens: [1, 2, 3, 4], journal: [0, 1, 2, 3],
      follows: [false, true, true, false], finder: &finder)
    #expect((0..<4).map { store.follows($0) } == [false, true, true, false])
    _ = store.forget([1])
    #expect((0..<4).map { store.follows($0) } == [false, false, false, false])
    store.remapJournal { $0 == 0 ? 0 : $0 - 1 }
    #expect([0, 2, 3].map { store.journal(of: $0) } == [0, 1, 2])
  }
}

extension NeighborStore {
  mutating func append(keys: [Float], tokens: [Int32], journal: [Int]) {
    var finder: RowFinder?
    append(
      keys: keys, tokens: tokens, journal: journal, follows: tokens.indices.map { $0 > 0 },
      finder: &finder)
  }
}

@Suite("The best hits so far")
struct BestHitsTests {
  @Test("Keeps the best in any order of arrival", arguments: 0..<20)
  func keepsBest(seed: Int) {
    var generator = TinyLlama.Generator(seed: UInt64(seed))
    let scores = (0..<200).map { _ in Float(Int.random(in: 0..<30, using: &generator)) }
    var best = BestHits(capacity: 17)
    for index in scores.indices.shuffled(using: &generator) { best.offer(index, scores[index]) }
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

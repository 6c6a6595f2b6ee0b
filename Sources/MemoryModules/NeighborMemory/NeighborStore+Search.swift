package import Tensors

extension NeighborStore {
  /// An entry found by a search.
  package struct Hit: Sendable, Equatable {
    /// The entry.
    package let index: Int
    /// Its dot product with the query.
    package let score: Float
  }

  /// Queries from this many on are worth a matrix product.
  private static let batchLimit = 4
  private static let blockLength = 1024

  /// The `k` best of the first `limit` entries for each query, best first; ties go to the older entry.
  ///
  /// Exact: every entry is compared. Queries are shared out over the threads.
  ///
  /// - Parameter queries: [rows, columns].
  package func search(
    _ queries: [Float], rows: Int, k: Int, limit: Int, threads: ThreadPool
  ) -> [[Hit]] {
    let limit = min(limit, count)
    guard limit > 0, k > 0 else { return [[Hit]](repeating: [], count: rows) }
    return rows < Self.batchLimit
      ? searchFew(queries, rows: rows, k: k, limit: limit, threads: threads)
      : searchMany(queries, rows: rows, k: k, limit: limit, threads: threads)
  }

  private func searchFew(
    _ queries: [Float], rows: Int, k: Int, limit: Int, threads: ThreadPool
  ) -> [[Hit]] {
    (0..<rows).map { row in
      var best = BestHits(capacity: k)
      let scores = [Float](unsafeUninitializedCapacity: limit) { scores, initialized in
        queries.withUnsafeBufferPointer { queries in
          keys.withUnsafeBufferPointer { keys in
            guard let query = queries.baseAddress, let key = keys.baseAddress,
              let out = scores.baseAddress
            else { return }
            let target = Target(pointer: out)
            threads.parallel(limit, minimum: 2048) { range in
              LinearAlgebra.gemv(
                key + range.lowerBound * columns, query + row * columns,
                target.pointer + range.lowerBound, rows: range.count, columns: columns)
            }
          }
        }
        initialized = limit
      }
      for index in 0..<limit { best.offer(index, scores[index]) }
      return best.sorted()
    }
  }

  private func searchMany(
    _ queries: [Float], rows: Int, k: Int, limit: Int, threads: ThreadPool
  ) -> [[Hit]] {
    var best = [BestHits](repeating: BestHits(capacity: k), count: rows)
    var scores = [Float](repeating: 0, count: rows * Self.blockLength)
    for start in stride(from: 0, to: limit, by: Self.blockLength) {
      let count = min(Self.blockLength, limit - start)
      scores.withUnsafeMutableBufferPointer { scores in
        guard let out = scores.baseAddress else { return }
        let target = Target(pointer: out)
        queries.withUnsafeBufferPointer { queries in
          keys.withUnsafeBufferPointer { keys in
            guard let query = queries.baseAddress, let all = keys.baseAddress else { return }
            let key = all + start * columns
            // Parts of a fixed size, so that results do not depend on the number of threads.
            threads.parallel((rows + 31) / 32) { parts in
              for part in parts {
                let first = part * 32
                let height = min(32, rows - first)
                LinearAlgebra.gemm(
                  m: height, n: count, k: columns, a: query + first * columns, lda: columns,
                  b: key, transposeB: true, ldb: columns,
                  c: target.pointer + first * Self.blockLength, ldc: Self.blockLength)
              }
            }
          }
        }
      }
      best.withUnsafeMutableBufferPointer { best in
        guard let slots = best.baseAddress else { return }
        let target = Slots(pointer: slots)
        scores.withUnsafeBufferPointer { scores in
          threads.parallel(rows, minimum: 8) { range in
            for row in range {
              for index in 0..<count {
                target.pointer[row].offer(start + index, scores[row * Self.blockLength + index])
              }
            }
          }
        }
      }
    }
    return best.map { $0.sorted() }
  }

  /// The plain form of `search`, kept as its reference: Float64 sums, full sort.
  package func referenceSearch(_ queries: [Float], rows: Int, k: Int, limit: Int) -> [[Hit]] {
    return (0..<rows).map { row in
      let hits = (0..<min(limit, count)).map { index -> Hit in
        var sum = 0.0
        for column in 0..<columns {
          sum += Double(keys[index * columns + column]) * Double(queries[row * columns + column])
        }
        return Hit(index: index, score: Float(sum))
      }
      return Array(hits.sorted { ($1.score, $0.index) < ($0.score, $1.index) }.prefix(k))
    }
  }

  /// Lets threads write to disjoint parts of one buffer.
  private struct Target: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>
  }

  private struct Slots: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<BestHits>
  }
}

/// The best hits so far: a binary heap with the worst on top.
package struct BestHits: Sendable {
  private let capacity: Int
  private var heap: [NeighborStore.Hit] = []

  package init(capacity: Int) {
    self.capacity = capacity
    heap.reserveCapacity(capacity)
  }

  /// Whether `a` ranks behind `b`.
  private static func isWorse(_ a: NeighborStore.Hit, _ b: NeighborStore.Hit) -> Bool {
    a.score < b.score || a.score == b.score && a.index > b.index
  }

  package mutating func offer(_ index: Int, _ score: Float) {
    if heap.count == capacity, let worst = heap.first, score <= worst.score { return }
    guard score.isFinite else { return }
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
    } else {
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

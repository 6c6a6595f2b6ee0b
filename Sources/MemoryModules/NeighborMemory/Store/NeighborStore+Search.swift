import Foundation
package import Tensors

extension NeighborStore {
  /// An entry found by a search.
  package struct Hit: Sendable, Equatable {
    /// The oldest entry with this key and token.
    package let index: Int
    /// Its dot product with the query.
    package let score: Float

    package init(index: Int, score: Float) {
      self.index = index
      self.score = score
    }
  }

  /// Queries that share a pass over the keys.
  private static let tile = 64

  /// The `k` best for each query, best first, equal keys with equal tokens counted once; ties go to the older entry.
  ///
  /// Exact, in two steps: products of byte codes bound every score from both sides, and rows that may be among the best
  /// by these bounds are scored with the stored keys. A score's bits depend on its key and query alone, so neither the
  /// number of threads nor the other queries change the hits.
  ///
  /// - Parameter queries: [rows, columns]. A query that is not finite finds nothing.
  package func search(
    _ queries: [Float], rows: Int, k: Int, threads: ThreadPool
  ) -> [[Hit]] {
    guard liveCount > 0, k > 0, rows > 0 else {
      return [[Hit]](repeating: [], count: rows)
    }
    return queries.withUnsafeBufferPointer { buffer -> [[Hit]] in
      guard let start = buffer.baseAddress else { return [] }
      let codes = QueryCodes(start, rows: rows, columns: columns)
      var hits: [[Hit]] = []
      for first in stride(from: 0, to: rows, by: Self.tile) {
        let count = min(Self.tile, rows - first)
        let candidates = candidates(codes, first: first, count: count, k: k, threads: threads)
        hits += rank(
          candidates, queries: start + first * columns, k: k, threads: threads)
      }
      return hits
    }
  }

  /// Per query the rows that may be among its k best.
  private func candidates(
    _ codes: QueryCodes, first: Int, count: Int, k: Int, threads: ThreadPool
  ) -> [[Int32]] {
    let lock = NSLock()
    nonisolated(unsafe) var scans: [CodeScan] = []
    threads.parallel(chunks.count, minimum: count > 8 ? 2 : 8) { range in
      var scan = CodeScan(queries: count, k: k)
      for index in range {
        let chunk = chunks[index]
        scan.scan(chunk.block, queries: codes, first: first, count: count) { place in
          chunk.weights[place] > 0 ? Int32(clamping: index * KeyChunk.capacity + place) : nil
        }
      }
      lock.withLock { scans.append(scan) }
    }
    return (0..<count).map { query in
      var largest = LargestValues(capacity: k)
      for scan in scans {
        for value in scan.largest[query].values { largest.offer(value) }
      }
      let threshold = largest.threshold
      return scans.flatMap { scan in
        scan.candidates[query].compactMap { $0.upper >= threshold ? $0.row : nil }
      }
    }
  }

  /// Scores candidates with the stored keys and keeps the best.
  func rank(
    _ candidates: [[Int32]], queries: UnsafePointer<Float>, k: Int, threads: ThreadPool
  ) -> [[Hit]] {
    var hits = [[Hit]](repeating: [], count: candidates.count)
    let query = SharedPointer(queries)
    hits.withUnsafeMutableBufferPointer { buffer in
      let target = SharedBuffer(buffer)
      threads.parallel(candidates.count, minimum: 4) { range in
        for index in range {
          var best = BestHits(capacity: k)
          for row in candidates[index] {
            let chunk = chunks[Int(row) / KeyChunk.capacity]
            let place = Int(row) % KeyChunk.capacity
            best.offer(
              Int(chunk.first[place]), chunk.score(place, query.pointer + index * columns))
          }
          target[index] = best.sorted()
        }
      }
    }
    return hits
  }

  /// The plain form of `search`, kept as its reference: Float64 sums over every key, full sort.
  package func referenceSearch(_ queries: [Float], rows: Int, k: Int) -> [[Hit]] {
    let keys = (0..<count).compactMap { entry -> (entry: Int, key: [Float])? in
      guard let row = row(of: entry), let key = key(of: entry),
        Int(chunks[row / KeyChunk.capacity].first[row % KeyChunk.capacity]) == entry
      else { return nil }
      return (entry, key)
    }
    return (0..<rows).map { row in
      let hits = keys.map { entry, key -> Hit in
        var sum = 0.0
        for column in 0..<columns {
          sum += Double(key[column]) * Double(queries[row * columns + column])
        }
        return Hit(index: entry, score: Float(sum))
      }
      return Array(hits.sorted { ($1.score, $0.index) < ($0.score, $1.index) }.prefix(k))
    }
  }
}

/// Lets threads read one buffer.
struct SharedPointer<Element>: @unchecked Sendable {
  let pointer: UnsafePointer<Element>

  init(_ pointer: UnsafePointer<Element>) { self.pointer = pointer }
}

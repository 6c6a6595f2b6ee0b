import Foundation
package import Tensors

/// An inverted file: lists of rows with similar directions, for searches that scan only some of the rows.
///
/// Centroids come from spherical k-means over a sample of the first rows; every row is in the list of its nearest
/// centroid, as byte codes; candidates from scanning the lists are scored with the stored keys. Derived data, not
/// state: the same store gives the same index, and `follow` updates it for added and deleted rows.
package final class NeighborIndex {
  private struct List {
    var block: CodeBlock
    var rows: [Int32] = []
  }

  /// Rows a centroid is trained on.
  private static let sampleShare = 32
  private static let iterations = 5

  let columns: Int
  /// Rows the centroids were trained on; the first ones.
  let trainedRows: Int
  private let trainedHash: UInt64
  private let centroids: [Float]  // [lists, columns]
  private var lists: [List]
  private var hashes: [UInt64] = []  // of the indexed rows

  /// Trains on the first rows of a store: on `smallest` rows, times the largest power of four that the store still has
  /// rows for.
  ///
  /// - Parameter smallest: at least 1 and at most the store's rows.
  package init(_ store: NeighborStore, smallest: Int, threads: ThreadPool) {
    columns = store.columns
    trainedRows = Self.trainedRows(store, smallest: smallest)
    trainedHash = Self.hash(store, rows: trainedRows)
    let count = Self.listCount(rows: trainedRows)
    centroids = Self.train(store, rows: trainedRows, count: count, threads: threads)
    lists = [List](repeating: List(block: CodeBlock(columns: store.columns)), count: count)
    follow(store, threads: threads)
  }

  package var listCount: Int { lists.count }
  /// Rows in the lists.
  package var count: Int { hashes.count }

  /// A power of two near the square root of the number of rows.
  static func listCount(rows: Int) -> Int {
    var count = 8
    while 2 * count * count <= rows * 2, count < 8192 { count *= 2 }
    return count
  }

  private static func trainedRows(_ store: NeighborStore, smallest: Int) -> Int {
    var rows = max(1, min(smallest, store.rowCount))
    while rows * 4 <= store.rowCount { rows *= 4 }
    return rows
  }

  /// Whether an index built now would have the same centroids.
  package func fits(_ store: NeighborStore, smallest: Int) -> Bool {
    trainedRows == Self.trainedRows(store, smallest: smallest) && store.rowCount >= trainedRows
      && trainedHash == Self.hash(store, rows: trainedRows)
  }

  /// A hash over the rows the centroids come from.
  private static func hash(_ store: NeighborStore, rows: Int) -> UInt64 {
    (0..<rows).reduce(UInt64(rows)) { ($0 &* 0x9e37_79b9_7f4a_7c15) ^ store.hash(row: $1) }
  }

  /// Removes rows that changed, and adds new ones.
  package func follow(_ store: NeighborStore, threads: ThreadPool) {
    var same = 0
    while same < min(hashes.count, store.rowCount), store.hash(row: same) == hashes[same] {
      same += 1
    }
    if same < hashes.count {
      for index in lists.indices {
        let kept = lists[index].rows.firstIndex { Int($0) >= same } ?? lists[index].rows.count
        lists[index].rows.removeSubrange(kept...)
        lists[index].block.truncate(to: kept)
      }
      hashes.removeSubrange(same...)
    }
    let batch = 2048
    for start in stride(from: same, to: store.rowCount, by: batch) {
      let rows = Array(start..<min(start + batch, store.rowCount))
      let nearest = Self.nearest(
        store.keys(rows: rows), count: rows.count, centroids: centroids, columns: columns,
        threads: threads)
      for (row, list) in zip(rows, nearest) {
        store.withRow(row) { block, place in
          lists[list].block.append(
            codes: block.codes(place), scale: block.scales[place],
            residual: block.residuals[place], length: block.lengths[place])
        }
        lists[list].rows.append(Int32(clamping: row))
        hashes.append(store.hash(row: row))
      }
    }
  }

  /// The `k` best of the rows in the `probes` nearest lists, per query.
  package func search(
    _ store: NeighborStore, _ queries: [Float], rows: Int, k: Int, probes: Int,
    threads: ThreadPool
  ) -> [[NeighborStore.Hit]] {
    guard rows > 0, k > 0 else { return [[NeighborStore.Hit]](repeating: [], count: rows) }
    var hits = [[NeighborStore.Hit]](repeating: [], count: rows)
    queries.withUnsafeBufferPointer { queries in
      guard let start = queries.baseAddress else { return }
      let codes = QueryCodes(start, rows: rows, columns: columns)
      let query = SharedPointer(start)
      hits.withUnsafeMutableBufferPointer { buffer in
        let target = SharedBuffer(buffer)
        threads.parallel(rows) { range in
          for row in range {
            target[row] = search(
              store, query.pointer + row * columns, codes, row: row, k: k, probes: probes,
              threads: threads)
          }
        }
      }
    }
    return hits
  }

  private func search(
    _ store: NeighborStore, _ query: UnsafePointer<Float>, _ codes: QueryCodes, row: Int, k: Int,
    probes: Int, threads: ThreadPool
  ) -> [NeighborStore.Hit] {
    guard codes.areFinite[row] else { return [] }
    var scores = [Float](repeating: 0, count: lists.count)
    LinearAlgebra.gemv(centroids, query, &scores, rows: lists.count, columns: columns)
    var order = BestHits(capacity: probes)
    for (list, score) in scores.enumerated() { order.offer(list, score) }
    var scan = CodeScan(queries: 1, k: k)
    for list in order.sorted() {
      let list = lists[list.index]
      scan.scan(list.block, queries: codes, first: row, count: 1) { place in
        store.isLive(row: Int(list.rows[place])) ? list.rows[place] : nil
      }
    }
    let threshold = scan.largest[0].threshold
    let kept = scan.candidates[0].compactMap { $0.upper >= threshold ? $0.row : nil }
    return store.rank([kept], queries: query, k: k, threads: threads)[0]
  }

  // MARK: - Training

  /// Spherical k-means: the centroid of a list points to the mean of its rows' directions.
  private static func train(
    _ store: NeighborStore, rows: Int, count: Int, threads: ThreadPool
  ) -> [Float] {
    let columns = store.columns
    let wanted = min(rows, count * sampleShare)
    let sample = (0..<wanted).map { $0 * rows / wanted }
    var keys = store.keys(rows: sample)
    keys.withUnsafeMutableBufferPointer { keys in
      guard let start = keys.baseAddress else { return }
      for row in 0..<wanted {
        LinearAlgebra.normalize(start + row * columns, count: columns)
      }
    }
    var centroids = (0..<count).flatMap { index -> ArraySlice<Float> in
      let row = index * wanted / count
      return keys[row * columns..<(row + 1) * columns]
    }
    for _ in 0..<iterations {
      let lists = nearest(
        keys, count: wanted, centroids: centroids, columns: columns, threads: threads)
      var sums = [Float](repeating: 0, count: count * columns)
      for (row, list) in lists.enumerated() {
        for column in 0..<columns {
          sums[list * columns + column] += keys[row * columns + column]
        }
      }
      for list in 0..<count {
        let square = (0..<columns).reduce(Float(0)) {
          $0 + sums[list * columns + $1] * sums[list * columns + $1]
        }
        // An empty list keeps its centroid.
        guard square > 1e-12 else { continue }
        let scale = 1 / square.squareRoot()
        for column in 0..<columns {
          centroids[list * columns + column] = sums[list * columns + column] * scale
        }
      }
    }
    return centroids
  }

  /// The centroid with the largest product for each key; the lower number wins a tie.
  private static func nearest(
    _ keys: [Float], count: Int, centroids: [Float], columns: Int, threads: ThreadPool
  ) -> [Int] {
    let lists = centroids.count / columns
    var nearest = [Int](repeating: 0, count: count)
    let part = 128
    keys.withUnsafeBufferPointer { keys in
      centroids.withUnsafeBufferPointer { centroids in
        nearest.withUnsafeMutableBufferPointer { nearest in
          guard let keys = keys.baseAddress, let centroids = centroids.baseAddress else { return }
          let target = SharedBuffer(nearest)
          let (key, centroid) = (SharedPointer(keys), SharedPointer(centroids))
          threads.parallel((count + part - 1) / part) { range in
            var scores = [Float](repeating: 0, count: part * lists)
            for index in range {
              let first = index * part
              let height = min(part, count - first)
              // Each product's bits depend on its two vectors alone, and so does the list a key is assigned to.
              LinearAlgebra.rowProducts(
                centroid.pointer, key.pointer + first * columns, ldx: columns, count: height,
                into: &scores, ldy: lists, rows: lists, columns: columns)
              for row in 0..<height {
                var best = 0
                for list in 1..<lists where scores[row * lists + list] > scores[row * lists + best]
                { best = list }
                target[first + row] = best
              }
            }
          }
        }
      }
    }
    return nearest
  }
}

extension NeighborStore {
  /// The hash of a row's key and token.
  func hash(row: Int) -> UInt64 {
    chunks[row / KeyChunk.capacity].hashes[row % KeyChunk.capacity]
  }

  /// Whether a row has entries.
  func isLive(row: Int) -> Bool {
    chunks[row / KeyChunk.capacity].weights[row % KeyChunk.capacity] > 0
  }

  func withRow(_ row: Int, _ body: (CodeBlock, Int) -> Void) {
    body(chunks[row / KeyChunk.capacity].block, row % KeyChunk.capacity)
  }

  /// The stored keys of some rows, [rows, columns].
  func keys(rows: [Int]) -> [Float] {
    var keys: [Float] = []
    keys.reserveCapacity(rows.count * columns)
    for row in rows {
      chunks[row / KeyChunk.capacity].withKey(row % KeyChunk.capacity) {
        keys.append(contentsOf: $0.floats)
      }
    }
    return keys
  }
}

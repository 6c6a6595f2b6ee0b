import Foundation
public import Memory
import ModelFiles
import Tensors

/// Times the exact search of a neighbor store on given vectors, for a comparison with other libraries.
public struct SearchMeasurement: Sendable {
  /// The results.
  public struct Report: Sendable, Codable, Equatable {
    /// Milliseconds of the fastest round, all queries together.
    public var milliseconds: Double
    /// The median of all rounds, milliseconds.
    public var median: Double
    /// Bytes of the store.
    public var bytes: Int
    /// Seconds to build the index of an approximate search.
    public var seconds: Double?
    /// Ids found per query, best first, in one row.
    public var ids: [Int]
  }

  /// Reads vectors from a file of Float32 values without a header, row after row, and searches them for its last rows.
  ///
  /// - Parameters:
  ///   - path: [entries + queries, columns], little-endian.
  ///   - type: how keys are stored.
  ///   - k: entries wanted per query.
  ///   - rounds: how often the search is repeated.
  ///   - probes: lists scanned by the approximate search; nil for the exact one.
  /// - Throws: `MemoryError` when the file is of another size.
  public static func run(
    _ path: String, entries: Int, queries: Int, columns: Int, type: NeighborKeyType, k: Int,
    threads: Int, rounds: Int, probes: Int? = nil
  ) throws(MemoryError) -> Report {
    let file: MappedFile
    do throws(ModelFileError) { file = try MappedFile(path: path) } catch { throw .file(error) }
    guard entries > 0, queries > 0, columns > 0,
      file.bytes.count == (entries + queries) * columns * 4
    else {
      throw .malformed(
        path: path, what: "the file holds \(file.bytes.count) bytes",
        expected: "\((entries + queries) * columns * 4), 4 per value")
    }
    let values = file.bytes.bindMemory(to: Float.self)
    var store = NeighborStore(columns: columns, type: type)
    var finder: RowFinder?
    for start in stride(from: 0, to: entries, by: 4096) {
      let count = min(4096, entries - start)
      store.append(
        keys: Array(values[start * columns..<(start + count) * columns]),
        tokens: [Int32](repeating: 1, count: count), journal: Array(start..<start + count),
        follows: [Bool](repeating: false, count: count), finder: &finder)
    }
    finder = nil
    let wanted = Array(values[(entries * columns)...])
    let pool = ThreadPool(threads: threads)
    let begun = ContinuousClock.now
    let index = probes.map { _ in NeighborIndex(store, smallest: store.rowCount, threads: pool) }
    let building = index == nil ? nil : (ContinuousClock.now - begun) / .seconds(1)
    var times: [Double] = []
    var hits: [[NeighborStore.Hit]] = []
    for _ in 0..<max(1, rounds) {
      let start = ContinuousClock.now
      if let index, let probes {
        hits = index.search(store, wanted, rows: queries, k: k, probes: probes, threads: pool)
      } else {
        hits = store.search(wanted, rows: queries, k: k, threads: pool)
      }
      times.append((ContinuousClock.now - start) / .milliseconds(1))
    }
    times.sort()
    return Report(
      milliseconds: times[0], median: times[times.count / 2], bytes: store.bytes,
      seconds: building, ids: hits.flatMap { $0.map(\.index) })
  }
}

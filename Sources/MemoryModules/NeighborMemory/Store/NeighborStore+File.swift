import Foundation
import Memory
import ModelFiles
import Tensors

/// The tensors of a neighbor memory: keys (and scales), tokens by row; row, journal and succession by entry.
extension NeighborStore {
  /// The layout this version writes. Layout 1 had one row per entry and no succession.
  static let layout = 2

  func save(into writer: inout SafetensorsWriter) {
    let (live, rows, rowOfEntry) = compactOrder
    let size = KeyChunk.rowBytes(columns: columns, type: type)
    var keys = Data(capacity: rows.count * size)
    var scales: [Float] = []
    var tokens: [Int32] = []
    tokens.reserveCapacity(rows.count)
    for row in rows {
      let chunk = chunks[row / KeyChunk.capacity]
      chunk.withKey(row % KeyChunk.capacity) { key in
        keys.append(contentsOf: key.rawBytes)
        scales.append(key.scale)
      }
      tokens.append(chunk.tokens[row % KeyChunk.capacity])
    }
    let fileType: SafetensorsType =
      switch type {
      case .f32: .f32
      case .f16: .f16
      case .int8: .i8
      }
    writer.add("neighbor.keys", type: fileType, shape: [rows.count, columns], bytes: keys)
    if type == .int8 { writer.add("neighbor.scales", floats: scales, shape: [rows.count]) }
    writer.add("neighbor.tokens", int32s: tokens, shape: [rows.count])
    writer.add("neighbor.rows", int32s: rowOfEntry, shape: [live.count])
    writer.add(
      "neighbor.journal", int64s: live.map { entries.journal($0) }, shape: [live.count])
    writer.add(
      "neighbor.follows", type: .bool, shape: [live.count],
      bytes: Data(live.map { entries.follows($0) ? 1 : 0 }))
  }

  /// Reads a store. Keys are not copied from the file, mapped or in memory; each is checked once.
  ///
  /// - Parameter layout: 1 or 2.
  static func load(
    from file: SafetensorsFile, columns: Int, type: NeighborKeyType, layout: Int,
    vocabularySize: Int, threads: ThreadPool
  ) throws(MemoryError) -> NeighborStore {
    let keys: SafetensorsTensor
    let tokens: [Int32]
    var scales: [Float] = []
    let journal: [Int64]
    var rows: [Int32]?
    var follows: SafetensorsTensor?
    do throws(ModelFileError) {
      keys = try file.require("neighbor.keys")
      tokens = try file.require("neighbor.tokens").int32s()
      journal = try file.require("neighbor.journal").int64s()
      if type == .int8 { scales = try file.require("neighbor.scales").floats() }
      if layout >= 2 {
        rows = try file.require("neighbor.rows").int32s()
        follows = try file.require("neighbor.follows")
      }
    } catch {
      throw .file(error)
    }
    let expected: SafetensorsType =
      switch type {
      case .f32: .f32
      case .f16: .f16
      case .int8: .i8
      }
    guard keys.type == expected, keys.shape == [tokens.count, columns],
      type != .int8 || scales.count == tokens.count,
      tokens.count <= journal.count, journal.count <= Int(Int32.max),
      rows.map({ $0.count == journal.count }) ?? (tokens.count == journal.count),
      follows.map({
        $0.type == .bool && $0.count == journal.count && $0.data.allSatisfy { $0 <= 1 }
      }) ?? true,
      tokens.allSatisfy({ $0 >= 0 && Int($0) < vocabularySize }),
      journal.allSatisfy({ $0 >= -1 }),
      var store = assemble(
        columns: columns, type: type, keys: keys.data, scales: scales, tokens: tokens,
        threads: threads),
      store.addEntries(
        rows: rows ?? (0..<Int32(journal.count)).map { $0 }, journal: journal,
        follows: follows?.bytes ?? [UInt8](repeating: 0, count: journal.count))
    else {
      throw .malformed(
        path: file.path, what: "the neighbor memory's tensors disagree with each other",
        expected: "one finite key and token per row, one row and journal index per entry")
    }
    return store
  }

  /// Rows without entries yet; nil when a key is not finite.
  private static func assemble(
    columns: Int, type: NeighborKeyType, keys: Data, scales: [Float], tokens: [Int32],
    threads: ThreadPool
  ) -> NeighborStore? {
    let size = KeyChunk.rowBytes(columns: columns, type: type)
    let count = (tokens.count + KeyChunk.capacity - 1) / KeyChunk.capacity
    var chunks = [KeyChunk?](repeating: nil, count: count)
    chunks.withUnsafeMutableBufferPointer { buffer in
      let target = SharedBuffer(buffer)
      threads.parallel(count) { range in
        for index in range {
          let first = index * KeyChunk.capacity
          let end = min(tokens.count, first + KeyChunk.capacity)
          let start = keys.startIndex + first * size
          target[index] = KeyChunk(
            columns: columns, type: type, keys: keys[start..<start + (end - first) * size],
            scales: scales.isEmpty ? [] : Array(scales[first..<end]),
            tokens: Array(tokens[first..<end]))
        }
      }
    }
    var store = NeighborStore(columns: columns, type: type)
    for chunk in chunks {
      guard let chunk else { return nil }
      store.chunks.append(chunk)
    }
    return store
  }

  /// Adds the entries of a file; false when a row has no entry or an entry names a missing row.
  private mutating func addEntries(rows: [Int32], journal: [Int64], follows: [UInt8]) -> Bool {
    let rowCount = rowCount
    var used = 0
    for (entry, row) in rows.enumerated() {
      guard row >= 0, Int(row) < rowCount else { return false }
      let (chunk, place) = (Int(row) / KeyChunk.capacity, Int(row) % KeyChunk.capacity)
      if chunks[chunk].weights[place] == 0 {
        chunks[chunk].first[place] = Int32(entry)
        used += 1
      }
      chunks[chunk].weights[place] += 1
      entries.append(row: row, journal: journal[entry], follows: follows[entry] != 0 && entry > 0)
    }
    liveCount = rows.count
    return used == rowCount
  }
}

/// Lets threads write to different elements of one buffer.
struct SharedBuffer<Element>: @unchecked Sendable {
  private let buffer: UnsafeMutableBufferPointer<Element>

  init(_ buffer: UnsafeMutableBufferPointer<Element>) { self.buffer = buffer }

  subscript(index: Int) -> Element {
    get { buffer[index] }
    nonmutating set { buffer[index] = newValue }
  }
}

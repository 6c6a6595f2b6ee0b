import Foundation
import Tensors

/// Up to 1024 different pairs of key and token, in the order they were first seen.
///
/// A chunk is a value: snapshots share it, and only the last chunk is copied when something is added after one.
struct KeyChunk: Sendable {
  static let capacity = 1024

  let columns: Int
  let type: NeighborKeyType
  /// Stored keys, [count, columns] as F32 or F16; empty for int8, whose keys are the codes.
  private var bytes: [UInt8] = []
  /// Keys in a file instead, mapped or read; the chunk then owns no key bytes.
  private var shared: Data?
  /// For the scan.
  private(set) var block: CodeBlock
  /// [count]
  private(set) var tokens: [Int32] = []
  /// The number of entries that share a row; 0 for a deleted row, [count]
  var weights: [Int32] = []
  /// The oldest entry of a row, [count]
  var first: [Int32] = []
  /// Of key and token, [count]
  private(set) var hashes: [UInt64] = []

  init(columns: Int, type: NeighborKeyType) {
    self.columns = columns
    self.type = type
    block = CodeBlock(columns: columns)
  }

  /// A full or last chunk over keys in a file; nil when a key is not finite.
  init?(
    columns: Int, type: NeighborKeyType, keys: Data, scales given: [Float], tokens: [Int32]
  ) {
    self.init(columns: columns, type: type)
    let size = Self.rowBytes(columns: columns, type: type)
    for (row, token) in tokens.enumerated() {
      let isSound = keys.withUnsafeBytes { raw -> Bool in
        guard let start = raw.baseAddress else { return false }
        let key = StoredKey(
          type: type, columns: columns, bytes: start + row * size,
          scale: given.isEmpty ? 0 : given[row])
        guard key.isFinite else { return false }
        append(key, token: token, keepingBytes: false)
        return true
      }
      guard isSound else { return nil }
    }
    if type != .int8 { shared = keys }
  }

  var count: Int { tokens.count }
  var isFull: Bool { count == Self.capacity }

  /// Bytes of a row of stored keys in a file.
  static func rowBytes(columns: Int, type: NeighborKeyType) -> Int {
    switch type {
    case .f32: columns * 4
    case .f16: columns * 2
    case .int8: columns
    }
  }

  mutating func append(_ key: StoredKey, token: Int32, entry: Int32) {
    if let shared {
      bytes = [UInt8](shared)
      self.shared = nil
    }
    append(key, token: token, keepingBytes: true)
    weights[count - 1] = 1
    first[count - 1] = entry
  }

  private mutating func append(_ key: StoredKey, token: Int32, keepingBytes: Bool) {
    if keepingBytes, type != .int8 { bytes.append(contentsOf: key.rawBytes) }
    block.append(key)
    tokens.append(token)
    weights.append(0)
    first.append(-1)
    hashes.append(key.hash(token: token))
  }

  /// The stored key of a row.
  func withKey<T>(_ row: Int, _ body: (StoredKey) -> T) -> T {
    let size = Self.rowBytes(columns: columns, type: type)
    if type == .int8 {
      return block.codes(row).withUnsafeBytes { raw in
        body(
          StoredKey(
            type: type, columns: columns, bytes: raw.baseAddress, scale: block.scales[row]))
      }
    }
    if let shared {
      return shared.withUnsafeBytes { raw in
        body(
          StoredKey(
            type: type, columns: columns, bytes: raw.baseAddress.map { $0 + row * size }, scale: 0))
      }
    }
    return bytes.withUnsafeBytes { raw in
      body(
        StoredKey(
          type: type, columns: columns, bytes: raw.baseAddress.map { $0 + row * size }, scale: 0))
    }
  }

  /// The dot product of a stored key with a query, [columns]: bit-identical for the same two vectors, whatever else is
  /// scored.
  func score(_ row: Int, _ query: UnsafePointer<Float>) -> Float {
    withKey(row) { $0.dot(query) }
  }
}

import ModelFiles

/// The merges of token pairs, with their ranks.
struct BytePairMerges: Sendable {
  /// The result of merging a pair.
  struct Merge: Sendable {
    /// The place in the file's list; lower ranks are merged first.
    let rank: Int32
    let token: Int32
  }

  private let merges: [UInt64: Merge]

  /// Reads the merges of a file, each of the form `left right`; of two for the same pair the first counts.
  ///
  /// - Throws: `TokenizerError` for one whose parts or result are no pieces: no trainer writes such a merge.
  init(_ lines: [String], table: PieceTable, path: String) throws(TokenizerError) {
    var merges: [UInt64: Merge] = [:]
    merges.reserveCapacity(lines.count)
    var scratch: [UInt8] = []
    for (rank, line) in lines.enumerated() {
      var line = line
      let parts = line.withUTF8 { bytes -> (UInt64, Int32)? in
        // A piece may begin with a space, but holds none after its first character.
        guard let space = bytes.dropFirst().firstIndex(of: UInt8(ascii: " ")) else { return nil }
        let raw = UnsafeRawBufferPointer(bytes)
        let left = UnsafeRawBufferPointer(rebasing: raw[..<space])
        let right = UnsafeRawBufferPointer(rebasing: raw[(space + 1)...])
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: left)
        scratch.append(contentsOf: right)
        guard let first = table.id(of: left), let second = table.id(of: right),
          let joined = scratch.withUnsafeBytes({ table.id(of: $0) })
        else { return nil }
        return (Self.key(first, second), joined)
      }
      guard let parts else { throw .invalidMerge(path: path, index: rank, merge: line) }
      if merges[parts.0] == nil {
        merges[parts.0] = Merge(rank: Int32(truncatingIfNeeded: rank), token: parts.1)
      }
    }
    self.merges = merges
  }

  /// The merge of two neighbours, or nil.
  @inline(__always)
  func merge(_ left: Int32, _ right: Int32) -> Merge? { merges[Self.key(left, right)] }

  @inline(__always)
  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }
}

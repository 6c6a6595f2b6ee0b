/// The pieces of a vocabulary by their bytes, in one buffer: strings compare by canonical equivalence, pieces do not.
struct PieceTable: Sendable {
  private let bytes: [UInt8]
  private let offsets: [Int]
  /// Open addressing with linear probing; -1 is free. The hash is seeded, so that no file can choose collisions.
  private let slots: [Int32]

  /// Creates a table of pieces in the order of their ids.
  ///
  /// - Throws: `TokenizerError` when one is empty or two are equal.
  init(_ pieces: [String], path: String) throws(TokenizerError) {
    var bytes: [UInt8] = []
    var offsets = [0]
    offsets.reserveCapacity(pieces.count + 1)
    for piece in pieces {
      bytes.append(contentsOf: piece.utf8)
      offsets.append(bytes.count)
    }
    var capacity = 16
    while capacity < pieces.count * 2 { capacity *= 2 }
    var slots = [Int32](repeating: -1, count: capacity)
    var fault: TokenizerError?
    bytes.withUnsafeBytes { buffer in
      for id in pieces.indices {
        let piece = UnsafeRawBufferPointer(rebasing: buffer[offsets[id]..<offsets[id + 1]])
        guard !piece.isEmpty else {
          fault = .emptyPiece(path: path, id: id)
          return
        }
        var slot = Self.hash(piece) & (capacity - 1)
        while slots[slot] >= 0 {
          let other = Int(slots[slot])
          if buffer[offsets[other]..<offsets[other + 1]].elementsEqual(piece) {
            fault = .duplicatePiece(path: path, piece: pieces[id], first: other, second: id)
            return
          }
          slot = (slot + 1) & (capacity - 1)
        }
        slots[slot] = Int32(truncatingIfNeeded: id)
      }
    }
    if let fault { throw fault }
    self.bytes = bytes
    self.offsets = offsets
    self.slots = slots
  }

  /// The id of the piece of these bytes, or nil.
  func id(of piece: UnsafeRawBufferPointer) -> Int32? {
    guard !piece.isEmpty else { return nil }
    var slot = Self.hash(piece) & (slots.count - 1)
    while slots[slot] >= 0 {
      let id = Int(slots[slot])
      let range = offsets[id]..<offsets[id + 1]
      if range.count == piece.count, bytes[range].elementsEqual(piece) { return slots[slot] }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// The id of exactly this piece, or nil.
  func id(of piece: String) -> Int32? {
    var piece = piece
    return piece.withUTF8 { id(of: UnsafeRawBufferPointer($0)) }
  }

  /// The number of bytes of a piece.
  func length(_ id: Int32) -> Int { offsets[Int(id) + 1] - offsets[Int(id)] }

  private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
    var hasher = Hasher()
    hasher.combine(bytes: bytes)
    return hasher.finalize()
  }
}

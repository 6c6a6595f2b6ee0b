import CSentencePiece

/// A model loaded by the SentencePiece library; released with this object.
///
/// Encoding is safe from several threads at once: the library's processor is not changed by it.
final class SentencePieceModel: Sendable {
  /// The library's reason for refusing a model.
  struct Refusal: Error {
    let message: String
  }

  private nonisolated(unsafe) let handle: OpaquePointer

  /// Loads a serialized `ModelProto`.
  init(proto: [UInt8]) throws(Refusal) {
    var handle: OpaquePointer?
    let message = withMessage { message in
      proto.withUnsafeBytes { mneme_spm_load($0.baseAddress, $0.count, &handle, message) }
    }
    guard let handle else { throw Refusal(message: message ?? "no reason given") }
    self.handle = handle
  }

  deinit { mneme_spm_free(handle) }

  /// The number of pieces.
  var pieceCount: Int { Int(mneme_spm_piece_count(handle)) }

  /// The id of a piece, that of the unknown piece when there is none.
  func id(of piece: String) -> Int32 {
    var piece = piece
    return piece.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        mneme_spm_piece_to_id(handle, $0.baseAddress, $0.count)
      }
    }
  }

  /// The piece of an id, or nil.
  func piece(of id: Int32) -> String? {
    var count = 0
    guard let bytes = mneme_spm_id_to_piece(handle, id, &count) else { return nil }
    return String(
      decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  /// The ids of a text, or nil when the library refuses.
  func encode(_ text: [UInt8]) -> [Int32]? {
    // A byte gives three ids at most: a space becomes U+2581, which may fall back to its three bytes.
    var capacity = text.count + 16
    while true {
      var needed = 0
      var succeeded = false
      let ids = [Int32](unsafeUninitializedCapacity: capacity) { buffer, count in
        let failure = withMessage { message in
          text.withUnsafeBytes { raw in
            raw.withMemoryRebound(to: CChar.self) {
              mneme_spm_encode(
                handle, $0.baseAddress, $0.count, buffer.baseAddress, capacity, &needed, message)
            }
          }
        }
        succeeded = failure == nil
        count = succeeded ? min(needed, capacity) : 0
      }
      guard succeeded else { return nil }
      if needed <= capacity { return ids }
      capacity = needed
    }
  }
}

/// Calls the library with room for a message; the message when the call fails.
private func withMessage(_ body: (mneme_spm_message) -> mneme_spm_status) -> String? {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
    buffer.initialize(repeating: 0)
    let status = body(mneme_spm_message(bytes: buffer.baseAddress, capacity: buffer.count))
    guard status != MNEME_SPM_OK, let base = buffer.baseAddress else { return nil }
    return String(cString: base)
  }
}

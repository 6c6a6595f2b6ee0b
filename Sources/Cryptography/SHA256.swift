internal import COpenSSL
package import Foundation

/// SHA-256 (FIPS 180-4), by libcrypto: a value, so that a copy goes on by itself.
package struct SHA256 {
  private var state = State()

  package init() {}

  /// The digest of some bytes.
  package static func hash(data: Data) -> Digest {
    var hash = SHA256()
    hash.update(data: data)
    return hash.finalize()
  }

  /// Adds bytes.
  package mutating func update(data: Data) {
    data.withUnsafeBytes { update(bufferPointer: $0) }
  }

  /// Adds bytes.
  package mutating func update(bufferPointer bytes: UnsafeRawBufferPointer) {
    if !isKnownUniquelyReferenced(&state) { state = State(copying: state) }
    let isHashed = mneme_sha256_update(state.hash, bytes.baseAddress, bytes.count)
    precondition(isHashed, "libcrypto hashes")
  }

  /// The digest of all bytes so far; more may be added afterwards.
  package func finalize() -> Digest {
    let last = State(copying: state)
    let bytes = [UInt8](unsafeUninitializedCapacity: Digest.count) { buffer, count in
      let isDone = buffer.baseAddress.map { mneme_sha256_finish(last.hash, $0) } ?? false
      precondition(isDone, "libcrypto ends a hash")
      count = Digest.count
    }
    return Digest(bytes: bytes)
  }

  /// The memory libcrypto keeps for one hash.
  private final class State {
    let hash: OpaquePointer

    init() {
      // As with any memory the system does not give: there is no state to go on with.
      guard let hash = mneme_sha256_new() else { preconditionFailure("no memory for a hash") }
      self.hash = hash
    }

    init(copying other: State) {
      guard let hash = mneme_sha256_copy(other.hash) else {
        preconditionFailure("no memory for a hash")
      }
      self.hash = hash
    }

    deinit { mneme_sha256_free(hash) }
  }
}

extension SHA256 {
  /// What SHA-256 gives: 32 bytes.
  package struct Digest: Sendable, Equatable, Sequence {
    /// Bytes in a digest.
    package static let count = 32
    let bytes: [UInt8]

    package func makeIterator() -> IndexingIterator<[UInt8]> { bytes.makeIterator() }

    /// 64 lower-case hexadecimal digits.
    package var hexadecimal: String { bytes.hexadecimal }
  }
}

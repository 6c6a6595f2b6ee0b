internal import COpenSSL

/// The bytes of a key, overwritten with zeros when the last copy goes.
package struct SymmetricKey: Sendable {
  private let storage: Storage

  /// A key of the system's random bytes.
  package init(randomBytes count: Int) {
    var bytes = [UInt8].random(count)
    self.init(bytes: bytes)
    bytes.withUnsafeMutableBytes { mneme_cleanse($0.baseAddress, $0.count) }
  }

  /// A key of given bytes; what the caller holds stays his to overwrite.
  package init(bytes: some Collection<UInt8>) {
    self.init(count: bytes.count) { $0.copyBytes(from: bytes) }
  }

  /// A key that is written where it is kept; `body` gets its bytes, all zero.
  init(count: Int, filledBy body: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
    storage = Storage(count: count)
    try body(storage.bytes)
  }

  package func withUnsafeBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    // Alive until the body has returned.
    try withExtendedLifetime(storage) { try body(UnsafeRawBufferPointer(storage.bytes)) }
  }

  private final class Storage: Sendable {
    nonisolated(unsafe) let bytes: UnsafeMutableRawBufferPointer

    init(count: Int) {
      bytes = .allocate(byteCount: count, alignment: 16)
      bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit {
      mneme_cleanse(bytes.baseAddress, bytes.count)
      bytes.deallocate()
    }
  }
}

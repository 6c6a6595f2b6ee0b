internal import COpenSSL
package import Foundation

/// AES-256 in Galois/Counter Mode (NIST SP 800-38D), by libcrypto.
package enum AES256GCM {
  package static let keyCount = 32
  package static let nonceCount = 12
  package static let tagCount = 16

  /// Encrypts: as many bytes as `plain` has, then the tag of 16.
  ///
  /// - Parameters:
  ///   - nonce: 12 bytes that no other text gets with this key.
  ///   - associated: public, but authenticated.
  /// - Throws: `CryptographyError`.
  package static func seal(
    _ plain: Data, key: SymmetricKey, nonce: [UInt8], associated: Data
  ) throws(CryptographyError) -> Data {
    try check(key, nonce)
    var sealed = Data(count: plain.count + tagCount)
    let isSealed = sealed.withUnsafeMutableBytes { output in
      with(key, nonce, associated, plain) { key, nonce, associated, input in
        guard let start = output.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
          return false
        }
        return mneme_aes256_gcm_seal(
          key.baseAddress, nonce.baseAddress, associated.baseAddress, associated.count,
          input.baseAddress, input.count, start, start + input.count)
      }
    }
    guard isSealed else { throw .failed }
    return sealed
  }

  /// Decrypts what `seal` gave.
  ///
  /// - Throws: `CryptographyError.notAuthentic` for anything else; nothing of it is returned.
  package static func open(
    _ sealed: Data, key: SymmetricKey, nonce: [UInt8], associated: Data
  ) throws(CryptographyError) -> Data {
    try check(key, nonce)
    guard sealed.count >= tagCount else { throw .notAuthentic }
    let count = sealed.count - tagCount
    var plain = Data(count: count)
    let isOpen = plain.withUnsafeMutableBytes { output in
      with(key, nonce, associated, sealed) { key, nonce, associated, input in
        guard let start = input.baseAddress else { return false }
        return mneme_aes256_gcm_open(
          key.baseAddress, nonce.baseAddress, associated.baseAddress, associated.count, start,
          count,
          start + count, output.baseAddress?.assumingMemoryBound(to: UInt8.self))
      }
    }
    guard isOpen else { throw .notAuthentic }
    return plain
  }

  private static func check(_ key: SymmetricKey, _ nonce: [UInt8]) throws(CryptographyError) {
    let count = key.withUnsafeBytes { $0.count }
    guard count == keyCount else { throw .unsoundLength(found: count, expected: keyCount) }
    guard nonce.count == nonceCount else {
      throw .unsoundLength(found: nonce.count, expected: nonceCount)
    }
  }

  private typealias Bytes = UnsafeBufferPointer<UInt8>

  private static func with(
    _ key: SymmetricKey, _ nonce: [UInt8], _ associated: Data, _ input: Data,
    _ body: (Bytes, Bytes, Bytes, Bytes) -> Bool
  ) -> Bool {
    key.withUnsafeBytes { key in
      nonce.withUnsafeBufferPointer { nonce in
        associated.withUnsafeBytes { associated in
          input.withUnsafeBytes { input in
            body(
              key.assumingMemoryBound(to: UInt8.self), nonce,
              associated.assumingMemoryBound(to: UInt8.self),
              input.assumingMemoryBound(to: UInt8.self))
          }
        }
      }
    }
  }
}

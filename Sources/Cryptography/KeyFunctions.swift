internal import COpenSSL
package import Foundation

/// HKDF with SHA-256 (RFC 5869), by libcrypto.
package enum HKDF {
  /// A key from a key.
  ///
  /// - Throws: `CryptographyError.failed`.
  package static func key(
    from key: SymmetricKey, salt: [UInt8] = [], info: Data, count: Int
  ) throws(CryptographyError) -> SymmetricKey {
    try derived(count) { output in
      key.withUnsafeBytes { key in
        info.withUnsafeBytes { info in
          mneme_hkdf_sha256(
            key.assumingMemoryBound(to: UInt8.self).baseAddress, key.count, salt, salt.count,
            info.assumingMemoryBound(to: UInt8.self).baseAddress, info.count, output, count)
        }
      }
    }
  }
}

/// scrypt (RFC 7914), by libcrypto.
package enum Scrypt {
  /// A key from a passphrase.
  ///
  /// - Parameters:
  ///   - rounds: N, a power of two; memory is 128 N r bytes.
  ///   - blockSize: r.
  ///   - lanes: p; time is proportional to N r p.
  /// - Throws: `CryptographyError.failed`, when there is too little memory, say.
  package static func key(
    from secret: SymmetricKey, salt: [UInt8], rounds: Int, blockSize: Int,
    lanes: Int, count: Int = 32
  ) throws(CryptographyError) -> SymmetricKey {
    guard let n = UInt64(exactly: rounds), let r = UInt32(exactly: blockSize),
      let p = UInt32(exactly: lanes)
    else { throw .failed }
    return try derived(count) { output in
      secret.withUnsafeBytes { secret in
        mneme_scrypt(
          secret.assumingMemoryBound(to: UInt8.self).baseAddress, secret.count, salt, salt.count, n,
          r, p, output, count)
      }
    }
  }
}

/// A key that a C function writes where it is kept.
private func derived(
  _ count: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Bool
) throws(CryptographyError) -> SymmetricKey {
  var isDerived = false
  let key = SymmetricKey(count: count) { bytes in
    if let start = bytes.baseAddress { isDerived = body(start.assumingMemoryBound(to: UInt8.self)) }
  }
  guard isDerived else { throw .failed }
  return key
}

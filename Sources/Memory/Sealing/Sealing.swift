import Crypto
import Foundation
import ModelFiles

/// How an open memory is sealed when it is saved: a key, derived once, and how it was derived.
///
/// The salt stays as long as the passphrase does, so that a save need not wait for scrypt. That is safe because nothing is
/// ever encrypted under the derived key itself: every save draws 32 random bytes and derives a key of its own from both
/// (HKDF-SHA256, RFC 5869), so no two saves share a pair of key and nonce.
struct Sealing: Sendable {
  let derivation: KeyDerivation
  private let key: SymmetricKey

  init(_ passphrase: Passphrase, derivation: KeyDerivation = KeyDerivation()) throws(MemoryError) {
    self.derivation = derivation
    key = try passphrase.key(derivation)
  }

  /// Bytes of the random number a save draws.
  static let nonceCount = 32

  /// The key of one file.
  func fileKey(_ nonce: [UInt8]) -> SymmetricKey {
    HKDF<SHA256>.deriveKey(
      inputKeyMaterial: key, salt: nonce, info: Data("mneme.sealed".utf8), outputByteCount: 32)
  }

  /// Distinguishes a wrong passphrase from a damaged file and binds the file to one key, without revealing either.
  var check: [UInt8] {
    HKDF<SHA256>.deriveKey(
      inputKeyMaterial: key, info: Data("mneme.passphrase".utf8), outputByteCount: 32
    ).withUnsafeBytes { [UInt8]($0) }
  }
}

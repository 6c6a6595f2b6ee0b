import Cryptography
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
  func fileKey(_ nonce: [UInt8]) throws(MemoryError) -> SymmetricKey {
    try derived(salt: nonce, "mneme.sealed")
  }

  /// Distinguishes a wrong passphrase from a damaged file and binds the file to one key, without revealing either.
  func check() throws(MemoryError) -> [UInt8] {
    try derived(salt: [], "mneme.passphrase").withUnsafeBytes { [UInt8]($0) }
  }

  private func derived(salt: [UInt8], _ use: String) throws(MemoryError) -> SymmetricKey {
    do throws(CryptographyError) {
      return try HKDF.key(from: key, salt: salt, info: Data(use.utf8), count: AES256GCM.keyCount)
    } catch {
      throw .sealing(.failed(step: "deriving the key"))
    }
  }
}

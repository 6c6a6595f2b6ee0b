/// Why something was not encrypted, decrypted or derived.
package enum CryptographyError: Error, Equatable {
  /// Bytes, nonce, tag or associated data are not those that were sealed with this key.
  case notAuthentic
  /// A key or nonce of another length than the cipher takes.
  case unsoundLength(found: Int, expected: Int)
  /// libcrypto could not, for want of memory, say.
  case failed
}

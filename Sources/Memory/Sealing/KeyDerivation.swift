import Cryptography

/// How a passphrase becomes a key: scrypt (RFC 7914) with its cost.
///
/// The cost is stored in the file, so it is bounded when it is read: a hostile file can demand at most 256 MiB and a
/// few seconds, and cannot make the derivation cheap.
package struct KeyDerivation: Sendable, Equatable {
  /// Bytes of salt.
  static let saltCount = 16
  /// Values of N that are accepted; memory is 128 N r bytes.
  package static let rounds = 1 << 15...1 << 18
  /// The one value of r.
  static let blockSize = 8
  /// Values of p that are accepted; time is proportional to N r p.
  static let lanes = 1...4
  /// N of new files: 128 MiB.
  package static let standardRounds = 1 << 17

  /// Random, per passphrase and file.
  let salt: [UInt8]
  /// N, a power of two.
  let rounds: Int
  /// p.
  let lanes: Int

  /// A derivation with a fresh salt.
  init(rounds: Int = standardRounds) {
    salt = .random(Self.saltCount)
    self.rounds = rounds
    lanes = 1
  }

  /// The derivation that a file specifies; nil when it is out of bounds.
  init?(salt: [UInt8], rounds: Int, blockSize: Int, lanes: Int) {
    guard salt.count == Self.saltCount, Self.rounds.contains(rounds), rounds.nonzeroBitCount == 1,
      blockSize == Self.blockSize, Self.lanes.contains(lanes)
    else { return nil }
    self.salt = salt
    self.rounds = rounds
    self.lanes = lanes
  }

  /// The key, 256 bits.
  func key(from secret: SymmetricKey) throws(MemoryError) -> SymmetricKey {
    do throws(CryptographyError) {
      return try Scrypt.key(
        from: secret, salt: salt, rounds: rounds, blockSize: Self.blockSize, lanes: lanes)
    } catch {
      throw .sealing(.failed(step: "deriving the key"))
    }
  }
}

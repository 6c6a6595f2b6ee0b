import Cryptography
import Foundation
import Synchronization

/// The passphrase of a sealed memory file.
///
/// Two texts that look the same are the same passphrase: it is used as UTF-8 in normalisation form C. It is never shown
/// in a description, a mirror or an error. Its bytes are overwritten when the last copy goes; what a terminal or a
/// `String` held before is out of its reach.
public struct Passphrase: Sendable {
  /// The longest passphrase, in bytes of UTF-8.
  public static let longest = 1024

  private let secret: Secret

  /// A passphrase from what a user typed.
  ///
  /// - Throws: `MemoryError.sealing` when there is nothing, or more than `longest` bytes.
  public init(_ text: String) throws(MemoryError) {
    let isPlain = text.utf8.allSatisfy { $0 < 128 }
    let normal = isPlain ? text : text.precomposedStringWithCanonicalMapping
    let count = normal.utf8.count
    guard (1...Self.longest).contains(count) else {
      throw .sealing(.unsoundPassphrase(bytes: count, longest: Self.longest))
    }
    secret = Secret(normal.utf8)
  }

  /// The key it gives; the last one is remembered, so that opening a file twice costs one derivation.
  func key(_ derivation: KeyDerivation) throws(MemoryError) -> SymmetricKey {
    if let known = secret.known(derivation) { return known }
    let key = try derivation.key(from: secret.bytes)
    secret.remember(derivation, key)
    return key
  }

  private final class Secret: Sendable {
    let bytes: SymmetricKey
    private let last = Mutex<(derivation: KeyDerivation, key: SymmetricKey)?>(nil)

    init(_ text: some Collection<UInt8>) { bytes = SymmetricKey(bytes: text) }

    func known(_ derivation: KeyDerivation) -> SymmetricKey? {
      last.withLock { $0?.derivation == derivation ? $0?.key : nil }
    }

    func remember(_ derivation: KeyDerivation, _ key: SymmetricKey) {
      last.withLock { $0 = (derivation, key) }
    }
  }
}

extension Passphrase: Equatable {
  /// Whether both are the same, byte for byte after normalisation.
  public static func == (first: Passphrase, second: Passphrase) -> Bool {
    first.secret.bytes.withUnsafeBytes { first in
      second.secret.bytes.withUnsafeBytes { first.elementsEqual($0) }
    }
  }
}

extension Passphrase: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Nothing of the passphrase, not even its length.
  public var description: String { "Passphrase" }
  public var debugDescription: String { description }
  /// A mirror without children: `dump` shows nothing either.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

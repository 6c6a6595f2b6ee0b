import Cryptography
import Foundation
package import Transformer

extension Fact {
  /// Digits of a handle.
  private static let digits = 12
  /// The fewest digits that name a fact.
  private static let fewest = 4

  /// The handle of a fact: the first digits of SHA-256 over its provenance and its tokens.
  package static func handle(of tokens: [Int32], provenance: Provenance) -> String {
    var hash = SHA256()
    let place = "\(provenance.conversation)\n\(provenance.turn)\n\(provenance.source)\n"
    hash.update(data: Data(place.utf8))
    tokens.map(\.littleEndian).withUnsafeBytes { hash.update(bufferPointer: $0) }
    return String(hash.finalize().hexadecimal.prefix(digits))
  }

  /// The digits of a typed handle or of a prefix of one; nil for any other text.
  public static func handle(typed text: String) -> String? {
    let typed = text.lowercased()
    guard (fewest...digits).contains(typed.utf8.count),
      typed.utf8.allSatisfy({ byte in
        (48...57).contains(byte) || (97...102).contains(byte)
      })
    else { return nil }
    return typed
  }
}

extension DetachableMemory {
  /// The facts whose handle begins with some digits, and the older ones with the same text, which are listed with it as
  /// one; statements with equal tokens and provenance share a handle.
  ///
  /// - Returns: none when there is no such fact.
  /// - Throws: `MemoryError.ambiguousFact` when several handles begin so.
  public func facts(handle: String) throws(MemoryError) -> [Fact] {
    let found = factMemory?.facts.filter { $0.handle.hasPrefix(handle) } ?? []
    let handles = Set(found.map(\.handle)).sorted()
    guard handles.count <= 1 else { throw .ambiguousFact(name: name, candidates: handles) }
    let repeats = found.flatMap { fact in
      factMemory?.repeats(ofFact: fact.id).filter { $0 < fact.id } ?? []
    }
    return facts(Array(Set(found.map(\.id) + repeats)))
  }
}

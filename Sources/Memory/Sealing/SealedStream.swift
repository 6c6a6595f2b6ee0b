package import Cryptography
package import Foundation

/// Encryption in chunks, after the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: Online authenticated
/// encryption and its nonce-reuse misuse-resistance, CRYPTO 2015).
///
/// Chunk i of n is AES-256-GCM with the nonce (i as 11 bytes, big-endian; 1 for the last chunk, else 0), its 16-byte tag
/// after it. A chunk that is missing, moved, doubled or cut off has another nonce and fails. Nonces repeat from file to
/// file, keys do not: every file has a key of its own.
package struct SealedStream {
  package static let tagCount = AES256GCM.tagCount

  let key: SymmetricKey
  /// Bytes of plain text in a chunk, except the last, which may be shorter.
  let chunk: Int
  /// The associated data: public, but authenticated.
  let associated: Data

  package init(key: SymmetricKey, chunk: Int, associated: Data) {
    self.key = key
    self.chunk = chunk
    self.associated = associated
  }

  package func seal(_ plain: Data) throws(MemoryError) -> Data {
    let count = Self.chunks(of: plain.count, chunk)
    var sealed = Data(capacity: plain.count + count * Self.tagCount)
    for index in 0..<count {
      let start = plain.startIndex + index * chunk
      let part = plain[start..<min(start + chunk, plain.endIndex)]
      do throws(CryptographyError) {
        sealed.append(
          try AES256GCM.seal(
            part, key: key, nonce: Self.nonce(index, of: count), associated: associated))
      } catch {
        throw .sealing(.failed(step: "encrypting"))
      }
    }
    return sealed
  }

  /// - Throws: `SealingError.forged` with the first chunk that is not authentic; nothing is returned then.
  package func open(_ sealed: Data, path: String) throws(MemoryError) -> Data {
    let stride = chunk + Self.tagCount
    let count = Self.chunks(of: sealed.count, stride)
    var plain = Data(capacity: sealed.count)
    for index in 0..<count {
      let start = sealed.startIndex + index * stride
      let part = sealed[start..<min(start + stride, sealed.endIndex)]
      guard part.count > Self.tagCount else { throw .sealing(.forged(path: path, chunk: index)) }
      do throws(CryptographyError) {
        plain.append(
          try AES256GCM.open(
            part, key: key, nonce: Self.nonce(index, of: count), associated: associated))
      } catch {
        throw .sealing(.forged(path: path, chunk: index))
      }
    }
    return plain
  }

  private static func chunks(of count: Int, _ size: Int) -> Int {
    max(1, count / size + (count % size == 0 ? 0 : 1))
  }

  private static func nonce(_ index: Int, of count: Int) -> [UInt8] {
    let counter = withUnsafeBytes(of: UInt64(index).bigEndian) { [UInt8]($0) }
    return [0, 0, 0] + counter + [index == count - 1 ? 1 : 0]
  }
}

import Crypto
import Foundation

extension ForgedMemory {
  /// SHA-256 as memory files have it.
  static func checksum(_ data: Data) -> String {
    SHA256.hash(data: data).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}

import Foundation
import Memory

extension ForgedMemory {
  /// SHA-256 as memory files have it.
  static func checksum(_ data: Data) -> String { MemoryFileHeader.checksum(data) }
}

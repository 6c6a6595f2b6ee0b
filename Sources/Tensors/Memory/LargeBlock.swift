import Foundation
import Synchronization

/// Memory that is read from one end to the other again and again: in pages of two megabytes where the system has them, so that
/// the processor does not look up a page every four kilobytes.
package final class LargeBlock: @unchecked Sendable {
  /// The bytes; not initialised.
  package let start: UnsafeMutableRawPointer
  private let size: Int
  private let used = Atomic<Int>(0)

  /// Bytes of a large page.
  private static let page = 2 << 20
  /// Bytes of a block that several pieces share.
  private static let shared = 32 << 20
  /// The block that the next piece comes from; kept alive by its pieces alone.
  private static let current = Mutex(Weak())

  private struct Weak { weak var block: LargeBlock? }

  /// A block of its own.
  package init(_ bytes: Int) {
    size = bytes
    guard bytes >= Self.page else {
      start = .allocate(byteCount: bytes, alignment: 64)
      return
    }
    start = .allocate(byteCount: bytes, alignment: Self.page)
    #if os(Linux)
      // Where the system refuses, pages are small.
      _ = madvise(start, bytes, MADV_HUGEPAGE)
    #endif
  }

  deinit { start.deallocate() }

  /// A piece of a block that is shared with other pieces, so that small ones lie in large pages, too.
  ///
  /// - Returns: the block, which is to be kept as long as the piece is used, and where the piece begins.
  package static func share(_ bytes: Int) -> (block: LargeBlock, start: UnsafeMutableRawPointer) {
    let length = (bytes + 63) / 64 * 64
    return current.withLock { current in
      if let block = current.block, let start = block.take(length) { return (block, start) }
      let block = LargeBlock(max(shared, length))
      current.block = block
      return (block, block.take(length) ?? block.start)
    }
  }

  private func take(_ length: Int) -> UnsafeMutableRawPointer? {
    let begin = used.load(ordering: .relaxed)
    guard begin + length <= size else { return nil }
    used.store(begin + length, ordering: .relaxed)
    return start + begin
  }
}

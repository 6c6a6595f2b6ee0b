import CKernels
import Synchronization

/// The rows of a quantised matrix in the order in which they are multiplied: a copy, as large as the matrix.
final class PackedRows: @unchecked Sendable {
  /// Rows that lie interleaved.
  static let group = 16

  let start: UnsafeMutableRawPointer
  private let block: LargeBlock

  init(_ matrix: WeightMatrix, kind: PackedKind, threads: ThreadPool) {
    let groups = (matrix.rows + Self.group - 1) / Self.group
    let bytes = mn_packed_group_bytes(kind.code, matrix.columns)
    let (block, start) = LargeBlock.share(groups * bytes)
    self.block = block
    self.start = start
    threads.parallel(groups, minimum: 4) { range in
      for group in range {
        let first = group * Self.group
        matrix.pack(
          first..<min(matrix.rows, first + Self.group), as: kind, into: start + group * bytes)
      }
    }
  }
}

/// Keeps a matrix' packed rows from its first product on.
final class PackedRowsCache: Sendable {
  private let made = AtomicLazyReference<PackedRows>()

  func rows(of matrix: WeightMatrix, kind: PackedKind, threads: ThreadPool) -> PackedRows {
    made.load() ?? made.storeIfNil(PackedRows(matrix, kind: kind, threads: threads))
  }
}

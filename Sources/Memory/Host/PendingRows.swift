/// Activations of the positions not yet committed, and of the last committed one, whose next token may still follow.
///
/// Rows are kept per tap for a contiguous range of positions; forwarding a position again replaces it and drops what lay
/// after.
package struct PendingRows {
  package let columns: [Int]  // per tap
  package private(set) var start = 0
  private var rows: [[Float]]  // per tap [count, columns]
  private var counts: [Int]

  package init(columns: [Int]) {
    self.columns = columns
    rows = columns.map { _ in [] }
    counts = columns.map { _ in 0 }
  }

  /// The end of the range that every tap has.
  package var end: Int { start + (counts.min() ?? 0) }

  /// Stores the rows of one tap from `position` on.
  package mutating func store(tap: Int, position: Int, values: Span<Float>) {
    let width = columns[tap]
    if position < start || position > start + counts[tap] {
      // A gap: the stored rows are not contiguous with the new ones.
      start = position
      for index in rows.indices {
        rows[index].removeAll(keepingCapacity: true)
        counts[index] = 0
      }
    }
    let keep = position - start
    rows[tap].removeLast(max(0, (counts[tap] - keep) * width))
    // Not reserved exactly: that would copy all rows for every generated token.
    values.withUnsafeBufferPointer { rows[tap].append(contentsOf: $0) }
    counts[tap] = keep + values.count / width
  }

  /// The rows of one tap at positions that follow one another; nil when they are not all known.
  package func values(tap: Int, positions: Range<Int>) -> [Float]? {
    guard positions.lowerBound >= start, positions.upperBound - start <= counts[tap] else {
      return nil
    }
    let width = columns[tap]
    return Array(
      rows[tap][(positions.lowerBound - start) * width..<(positions.upperBound - start) * width])
  }

  /// The rows of one tap at some positions; nil when they are not all known.
  package func values(tap: Int, positions: [Int]) -> [Float]? {
    let width = columns[tap]
    var result: [Float] = []
    result.reserveCapacity(positions.count * width)
    for position in positions {
      let row = position - start
      guard row >= 0, row < counts[tap] else { return nil }
      result.append(contentsOf: rows[tap][row * width..<(row + 1) * width])
    }
    return result
  }

  /// Drops the positions before `position`.
  package mutating func drop(before position: Int) {
    guard position > start else { return }
    for tap in rows.indices {
      let count = min(counts[tap], position - start)
      rows[tap].removeFirst(count * columns[tap])
      counts[tap] -= count
    }
    start = position
  }

  /// Drops all rows.
  package mutating func clear() {
    for tap in rows.indices {
      rows[tap].removeAll()
      counts[tap] = 0
    }
    start = 0
  }
}

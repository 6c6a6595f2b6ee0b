import Memory
import Testing

@Suite("Rows that wait for their commit")
struct PendingRowsTests {
  /// Stores rows whose values say where they belong: 100 * tap + position, twice for a tap of two columns.
  func store(_ rows: inout PendingRows, _ positions: Range<Int>, mark: Float = 0) {
    for (tap, columns) in rows.columns.enumerated() {
      let values = positions.flatMap { position in
        [Float](repeating: Float(100 * tap + position) + mark, count: columns)
      }
      rows.store(tap: tap, position: positions.lowerBound, values: values.span)
    }
  }

  @Test("Rows come back by position")
  func byPosition() {
    var rows = PendingRows(columns: [1, 2])
    store(&rows, 0..<3)
    store(&rows, 3..<4)
    #expect(rows.end == 4)
    #expect(rows.values(tap: 0, positions: [0, 3]) == [0, 3])
    #expect(rows.values(tap: 1, positions: [2]) == [102, 102])
    #expect(rows.values(tap: 0, positions: [4]) == nil)
    #expect(rows.values(tap: 0, positions: [-1]) == nil)
    #expect(rows.values(tap: 0, positions: []) == [])
  }

  @Test("Forwarding a position again replaces it and drops what lay behind")
  func replaces() {
    var rows = PendingRows(columns: [1])
    store(&rows, 0..<6)
    store(&rows, 2..<4, mark: 0.5)
    #expect(rows.end == 4)
    #expect(rows.values(tap: 0, positions: [1, 2, 3]) == [1, 2.5, 3.5])
    #expect(rows.values(tap: 0, positions: [4]) == nil)
  }

  @Test("Dropping keeps the rest")
  func drops() {
    var rows = PendingRows(columns: [1, 2])
    store(&rows, 0..<6)
    rows.drop(before: 4)
    #expect(rows.start == 4)
    #expect(rows.values(tap: 1, positions: [4, 5]) == [104, 104, 105, 105])
    #expect(rows.values(tap: 1, positions: [3]) == nil)
    rows.drop(before: 2)
    #expect(rows.start == 4)
    store(&rows, 6..<8)
    #expect(rows.values(tap: 0, positions: [5, 7]) == [5, 7])
    rows.drop(before: 100)
    #expect(rows.values(tap: 0, positions: [7]) == nil)
  }

  @Test("A jump forgets what no longer joins")
  func jumps() {
    var rows = PendingRows(columns: [1, 2])
    store(&rows, 0..<3)
    store(&rows, 10..<12)
    #expect(rows.values(tap: 0, positions: [10, 11]) == [10, 11])
    #expect(rows.values(tap: 1, positions: [11]) == [111, 111])
    #expect(rows.values(tap: 0, positions: [2]) == nil)
    store(&rows, 0..<1)
    #expect(rows.end == 1)
    #expect(rows.values(tap: 1, positions: [0]) == [100, 100])
    rows.clear()
    #expect(rows.end == 0)
    #expect(rows.values(tap: 0, positions: [0]) == nil)
  }
}

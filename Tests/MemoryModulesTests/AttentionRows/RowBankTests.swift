import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

@Suite("Banks of rows")
struct RowBankTests {
  let shape = RowShape(layers: 2, heads: 2, dimension: 32)

  /// Rows of which each value tells its row, block and column.
  func bank(_ rows: Range<Int>, type: RowType = .f16) -> RowBank {
    func tables(_ sign: Float) -> [[Float]] {
      (0..<shape.layers).map { layer in
        rows.flatMap { row in
          (0..<shape.columns).map { sign * Float(row * 4 + layer * 2 + $0 % 2) }
        }
      }
    }
    var sources = RowSources()
    for row in rows {
      sources.append(
        token: Int32(row), journal: row * 10, place: row, isSpoken: row % 2 == 0,
        surprisal: Float(row))
    }
    return RowBank(
      keys: EncodedRows(tables(1), shape: shape, type: type),
      values: EncodedRows(tables(-1), shape: shape, type: type), sources: sources)
  }

  @Test("What is stored is read again, within what the type can hold", arguments: RowType.allCases)
  func stored(type: RowType) {
    let bank = bank(0..<7, type: type)
    let exact = self.bank(0..<7, type: .f32)
    for layer in 0..<2 {
      let made = bank.keys.decoded(layer: layer, rows: [5, 2])
      let wanted = exact.keys.decoded(layer: layer, rows: [5, 2])
      #expect(difference(wanted, made) < (type == .q8_0 ? 0.01 : 1e-6))
    }
    // Appended, taken apart and joined again, the bytes stay.
    var pieces = self.bank(0..<3, type: type)
    pieces.append(self.bank(3..<7, type: type))
    #expect(pieces == bank)
    let first = pieces.removeFirst(2)
    #expect(first == self.bank(0..<2, type: type))
    #expect(pieces == self.bank(2..<7, type: type))
  }

  @Test("Groups stay apart where they are to, and are taken by number")
  func groups() {
    var blocks = bank(0..<3)
    blocks.append(bank(3..<4), joins: false)
    blocks.append(bank(4..<9), joins: false)
    #expect(blocks.groups.map(\.rows) == [3, 1, 5])
    #expect(blocks.starts.map(\.rows) == [0, 3, 4])
    let some = blocks.groups([0, 2])
    #expect(some.sources.places == [0, 1, 2, 4, 5, 6, 7, 8])
    #expect(some.groups.map(\.rows) == [3, 5])
    var left = blocks
    left.keep { $0 < 50 && $0 != 30 }
    #expect(left.sources.places == [0, 1, 2, 4])
    #expect(left.groups.map(\.rows) == [3, 1])
  }

  @Test("A file holds it all; what is no bank is refused", arguments: RowType.allCases)
  func file(type: RowType) throws {
    var bank = bank(0..<3, type: type)
    bank.append(self.bank(5..<9, type: type), joins: false)
    var writer = SafetensorsWriter()
    bank.save("x", into: &writer)
    let file = try SafetensorsFile.parse(writer.serialized(), path: "x")
    #expect(try RowBank("x", in: file, shape: shape, type: type) == bank)
    #expect(throws: MemoryError.self) {
      _ = try RowBank(
        "x", in: file, shape: RowShape(layers: 2, heads: 1, dimension: 32), type: type)
    }
    #expect(throws: MemoryError.self) {
      _ = try RowBank("x", in: file, shape: shape, type: type == .f16 ? .f32 : .f16)
    }
    #expect(throws: MemoryError.self) { _ = try RowBank("y", in: file, shape: shape, type: type) }
  }

  /// Rows by head: the heads of block 0 have 1 and 3 rows, those of block 1 none and 2.
  func headRows(_ first: Int) -> HeadRows {
    var rows = HeadRows(shape: shape, type: .f32)
    let heads = [1, 3, 0, 2].enumerated().map { head, count in
      HeadRows.Head(
        keys: (0..<count * 32).map { Float(first + head * 100 + $0 / 32) },
        values: (0..<count * 32).map { -Float(first + head * 100 + $0 / 32) },
        biases: (0..<count).map { Float($0) }, anchors: (0..<count).map { first + $0 })
    }
    rows.append(heads, sources: bank(first..<first + 6).sources)
    return rows
  }

  @Test("Every head keeps rows of its own, group by group, in memory and in a file")
  func byHead() throws {
    var rows = headRows(0)
    rows.append(headRows(10))
    #expect(rows.count == 3 && rows.groups.map(\.sources) == [6, 6])
    let head = rows.head(1, layer: 1, group: 1)
    #expect(head.anchors == [10, 11] && head.keys == (0..<64).map { Float(310 + $0 / 32) })
    #expect(rows.groups([1]) == headRows(10))
    #expect(rows.end(ofGroup: 1) == 16)
    var writer = SafetensorsWriter()
    rows.save("x", into: &writer)
    let file = try SafetensorsFile.parse(writer.serialized(), path: "x")
    #expect(try HeadRows("x", in: file, shape: shape, type: .f32) == rows)
    #expect(throws: MemoryError.self) {
      _ = try HeadRows(
        "x", in: file, shape: RowShape(layers: 1, heads: 4, dimension: 32), type: .f32)
    }
    // As attention gets them: closed rows where a head has fewer than another.
    let stand = RowStand(
      positions: RowPositions(placement: .original, reach: 100), end: 16, opening: 0.5,
      visibleFrom: 2)
    let shown = try #require([RowPart(rows)].extra(layer: 0, heads: 2, stand))
    #expect(shown.count == 6 && shown.logBias.count == 12)
    #expect(shown.logBias.filter { $0 == -.infinity }.count == 4)
    #expect(shown.logBias[0] == 0.5 && shown.positions?[0] == 2 + 0 - 16)
    #expect(shown.gap == 16)
    #expect(try #require([RowPart(rows) { $0 != 0 }].extra(layer: 0, heads: 2, stand)).count == 3)
  }

  @Test("Rows with values that attention could not bear are refused")
  func unsound() throws {
    for value in [Float.nan, .infinity, 2e6] {
      var writer = SafetensorsWriter()
      let rows = [[Float](repeating: value, count: 64), [Float](repeating: 1, count: 64)]
      let encoded = EncodedRows(rows, shape: shape, type: .f32)
      var sources = RowSources()
      sources.append(token: 1, journal: 0, place: 0, isSpoken: false, surprisal: 0)
      RowBank(keys: encoded, values: encoded, sources: sources).save("x", into: &writer)
      let file = try SafetensorsFile.parse(writer.serialized(), path: "x")
      #expect(throws: MemoryError.self) {
        _ = try RowBank("x", in: file, shape: shape, type: .f32)
      }
    }
  }

  @Test("A row of several tokens stands in their middle and weighs as many")
  func parts() throws {
    var bank = RowBank(shape: shape, type: .f32)
    let four = self.bank(0..<4, type: .f32)
    for first in [0, 4] {
      bank.append(
        RowBank(
          keys: four.keys[0..<1], values: four.values[0..<1],
          sources: self.bank(first..<first + 4, type: .f32).sources,
          groups: [RowBank.Group(rows: 1, sources: 4)]), joins: false)
    }
    let part = RowPart(bank)
    #expect(part.places == [2, 6])
    #expect(part.weights == [log(Float(4)), log(Float(4))])
    // One of whose tokens must not be shown is not.
    #expect(RowPart(bank) { $0 != 5 }.places == [2])
    func rows(_ placement: RowPlacement) -> ExtraKeyValues? {
      [part].extra(
        layer: 0, heads: 2,
        RowStand(
          positions: RowPositions(placement: placement, reach: 7), end: 10, opening: -1,
          visibleFrom: 3))
    }
    let original = try #require(rows(.original))
    #expect(original.positions == [-4, -1])
    #expect(original.gap == 7 && original.visibleFrom == 3)
    #expect(original.logBias.allSatisfy { abs($0 - (log(Float(4)) - 1)) < 1e-6 })
    #expect(rows(.cache)?.positions == [1, 2])
    #expect(rows(.constant)?.constantDistance == 7)
    #expect(rows(.none)?.constantDistance == 0)
  }

  @Test("What stands in the context word for word is found, and nothing else")
  func overlap() {
    let context: [Int32] = [1, 2, 3, 10, 11, 12, 13, 14, 4, 5]
    let overlap = ContextOverlap(context)
    #expect(
      overlap.isInContext([9, 10, 11, 12, 13, 14, 9, 1, 2, 3])
        == [false, true, true, true, true, true, false, false, false, false])
    #expect(ContextOverlap([1, 2, 3]).isInContext([1, 2, 3]) == [false, false, false])
  }
}

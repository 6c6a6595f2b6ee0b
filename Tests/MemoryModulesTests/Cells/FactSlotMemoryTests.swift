import Memory
import MemoryModules
import TestSupport
import Testing

/// The rules by which slots are filled, freed and followed.
@Suite("Slots of NTM and DNC")
struct FactSlotMemoryTests {
  private func filled<Cell: SlotCell>(
    _ type: Cell.Type, _ slots: Int, _ count: Int
  ) -> (Cell, [Int]) {
    var cell = Cell(slots: slots, first: 0)
    let written = (0..<count).map { _ in cell.write() }
    return (cell, written)
  }

  private func check<Cell: SlotCell>(_ type: Cell.Type) throws {
    let (cell, written) = filled(type, 4, 3)
    #expect(written == [0, 1, 2])
    #expect((0..<4).map(cell.usage) == [1, 1, 1, 0])
    #expect(cell.neighbor(of: 0, .after) == 1 && cell.neighbor(of: 1, .after) == 2)
    #expect(cell.neighbor(of: 2, .after) == nil && cell.neighbor(of: 0, .before) == nil)
    #expect(cell.neighbor(of: 2, .before) == 1 && cell.neighbor(of: 3, .before) == nil)
    // Full: the oldest goes, and the order goes on across the end.
    let (round, again) = filled(type, 4, 6)
    #expect(again == [0, 1, 2, 3, 0, 1])
    #expect((0..<4).map(round.usage) == [1, 1, 1, 1])
    #expect(round.neighbor(of: 3, .after) == 0 && round.neighbor(of: 0, .after) == 1)
    #expect(round.neighbor(of: 1, .after) == nil && round.neighbor(of: 2, .before) == nil)
    // What is in a file is what was there.
    for cell in [cell, round, Cell(slots: 4, first: 2)] {
      var loaded = try #require(Cell(slots: 4, table: cell.table))
      #expect(loaded == cell)
      var own = cell
      #expect(loaded.write() == own.write() && loaded == own)
    }
    for table in [[], [9], [7, 7, 7, 7], [-1, 2, 0], [0, -1, 1, 3], [0, -1, 1, -1, 1, -1]] {
      #expect(Cell(slots: 4, table: table.map(Int64.init)) == nil, "\(table)")
    }
  }

  @Test("A ring of slots") func ring() throws { try check(NTMSlots.self) }

  @Test("Allocated and linked slots") func linked() throws { try check(DNCSlots.self) }

  @Test("The ring is the NTM's shift by one row")
  func shift() {
    var cell = NTMSlots(slots: 5, first: 0)
    var weights: [Float] = [1, 0, 0, 0, 0]
    _ = cell.write()
    for _ in 0..<7 {
      let address = NTMAddress(
        key: [1, 0], strength: 1, gate: 0, shift: [0, 0, 1], sharpening: 1)
      weights = address.weights([Float](repeating: 1, count: 10), before: weights)
      let slot = cell.write()
      #expect(weights.indices.max { weights[$0] < weights[$1] } == slot)
      #expect(abs(weights[slot] - 1) < 1e-5)
    }
  }

  @Test("Questions about the order of what was told")
  func sequence() {
    let after = SequenceQuestion("What did I tell you after the plumber?")
    #expect(after?.direction == .after && after?.cue == "the plumber")
    let before = SequenceQuestion("what did I say right before I told you about my cat Nori?")
    #expect(before?.direction == .before && before?.cue == "my cat Nori")
    for other in [
      "What is my cat called?", "What do people eat after dinner?", "I was ill after the party.",
      "What did I tell you after?", "", "after", "What did you say after the plumber?",
    ] {
      #expect(SequenceQuestion(other) == nil, "\(other)")
    }
  }
}

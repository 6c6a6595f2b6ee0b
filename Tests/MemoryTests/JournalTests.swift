import Memory
import Testing
import Transformer

@Suite("Journal")
struct JournalTests {
  func provenance(_ turn: Int, _ conversation: String = "a") -> Provenance {
    Provenance(
      conversation: conversation, turn: turn, role: .user, source: "chat", time: Double(turn))
  }

  func journal() -> Journal {
    var journal = Journal()
    for index in 0..<30 {
      journal.append(token: Int32(index), surprisal: 1, provenance: provenance(index / 10))
    }
    return journal
  }

  @Test("Each token has its provenance, stored once per stretch")
  func provenanceOfTokens() {
    let journal = journal()
    #expect(journal.count == 30)
    #expect(journal.sources.map(\.turn) == [0, 1, 2])
    #expect(journal.provenance(of: 0) == provenance(0))
    #expect(journal.provenance(of: 19) == provenance(1))
    #expect(journal.provenance(of: 30) == nil)
    #expect(journal.provenance(of: -1) == nil)
  }

  @Test("A stretch does not reach into other turns")
  func stretches() {
    let journal = journal()
    #expect(Array(journal.stretch(around: 12, radius: 2)) == [10, 11, 12, 13])
    #expect(Array(journal.stretch(around: 10, radius: 3)) == [10, 11, 12])
    #expect(Array(journal.stretch(around: 19, radius: 100)) == Array(10..<20))
    #expect(journal.stretch(around: 99).isEmpty)
  }

  @Test(
    "Removing the end forgets tokens and the provenance nobody needs",
    arguments: [0, 1, 10, 11, 29, 30, 31])
  func removesTheEnd(count: Int) {
    let removal = journal().removing(Set(count..<40))
    var shorter = removal.journal
    #expect(removal.newPlaces == (0..<30).map { $0 < count ? $0 : nil })
    var expected = Journal()
    for index in 0..<min(30, count) {
      expected.append(token: Int32(index), surprisal: 1, provenance: provenance(index / 10))
    }
    #expect(shorter == expected)
    // And it goes on as if the rest had never been there.
    shorter.append(token: 7, surprisal: 2, provenance: provenance(9))
    expected.append(token: 7, surprisal: 2, provenance: provenance(9))
    #expect(shorter == expected)
  }

  @Test("Removing from the middle leaves what a journal without it would be")
  func removesTheMiddle() {
    let gone = Set(5..<25)
    let removal = journal().removing(gone)
    let (shorter, places) = (removal.journal, removal.newPlaces)
    var expected = Journal()
    for index in 0..<30 where !gone.contains(index) {
      expected.append(token: Int32(index), surprisal: 1, provenance: provenance(index / 10))
    }
    #expect(shorter == expected)
    #expect(places[4] == 4)
    #expect(places[5] == nil)
    #expect(places[25] == 5)
    #expect(shorter.sources.count == 2)
  }

  @Test("A surprisal that is not finite counts as unknown")
  func unknownSurprisal() {
    var journal = Journal()
    for value in [Float.nan, .infinity, 2] {
      journal.append(token: 1, surprisal: value, provenance: provenance(0))
    }
    #expect(journal.surprisals == [0, 0, 2])
  }

  @Test("Returning to an earlier source is a stretch of its own")
  func alternating() {
    var journal = Journal()
    for turn in [0, 1, 0] { journal.append(token: 1, surprisal: 0, provenance: provenance(turn)) }
    #expect(journal.sources.map(\.turn) == [0, 1, 0])
    #expect(Array(journal.stretch(around: 2)) == [1])
  }
}

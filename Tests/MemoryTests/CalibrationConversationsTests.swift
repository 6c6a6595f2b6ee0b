import Memory
import Testing

@Suite("Invented people for calibration")
struct CalibrationConversationsTests {
  @Test("The same seed gives the same people, another seed others")
  func deterministic() {
    var (first, second, other) = (
      CalibrationConversations(seed: 7), CalibrationConversations(seed: 7),
      CalibrationConversations(seed: 8)
    )
    let facts = first.facts(11)
    #expect(facts == second.facts(11))
    #expect(facts != other.facts(11))
    #expect(first.talk() == second.talk())
  }

  @Test("Every answer holds what was told, and no question does", arguments: 0..<20)
  func consistent(seed: Int) throws {
    var people = CalibrationConversations(seed: UInt64(seed))
    let facts = people.facts(40)
    // Each about something else, so that every question has one answer.
    #expect(Set(facts.map(\.question)).count == facts.count)
    #expect(facts.count > 25)
    for fact in facts {
      let words = fact.answer.dropLast().split(separator: " ")
      let value = try #require(words.last)
      #expect(fact.statement.contains(value))
      #expect(fact.acknowledgement.contains(value))
      #expect(!fact.question.contains(value))
      #expect(fact.question.hasSuffix("?"))
    }
  }

  @Test("Names are capitalised, made of letters, and hardly ever the same")
  func names() {
    var people = CalibrationConversations(seed: 3)
    let names = (0..<300).map { _ in people.name() }
    #expect(Set(names).count > 280)
    for name in names {
      #expect(name.first?.isUppercase == true)
      #expect(name.dropFirst().allSatisfy { $0.isLowercase && $0.isASCII })
      #expect((2...16).contains(name.count))
    }
  }
}

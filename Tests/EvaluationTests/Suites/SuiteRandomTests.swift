import Foundation
import MnemeEvaluation
import Testing

@Suite("Random choices of suites")
struct SuiteRandomTests {
  @Test("Draws stay within bounds and reach all of them")
  func bounds() {
    var random = SuiteRandom(1, "test")
    var seen: Set<Int> = []
    for _ in 0..<1000 {
      let value = random.within(3...9)
      #expect((3...9).contains(value))
      seen.insert(value)
      #expect((0..<1).contains(random.unit()))
    }
    #expect(seen.count == 7)
    #expect(random.below(0) == 0)
    #expect(random.below(1) == 0)
    #expect(random.within(5...5) == 5)
  }

  @Test("A shuffle keeps every element, and every place is as likely")
  func shuffle() {
    var random = SuiteRandom(2, "test")
    var counts = [[Int]](repeating: [Int](repeating: 0, count: 4), count: 4)
    for _ in 0..<4000 {
      let order = random.shuffled([0, 1, 2, 3])
      #expect(order.sorted() == [0, 1, 2, 3])
      for (place, value) in order.enumerated() { counts[place][value] += 1 }
    }
    // 1,000 expected in each of 16 cells, with a standard deviation of 27.
    #expect(counts.joined().allSatisfy { (870...1130).contains($0) }, "\(counts)")
    #expect(random.sample([1, 2, 3], 5).sorted() == [1, 2, 3])
  }

  @Test("Seeds one step of the generator apart give unrelated sequences")
  func decoySeed() {
    let options = SuiteOptions(seed: 7)
    var a = SuiteRandom(options.seed, "x")
    var b = SuiteRandom(options.decoySeed, "x")
    let first = (0..<64).map { _ in a.below(1 << 20) }
    let second = (0..<64).map { _ in b.below(1 << 20) }
    #expect(Set(first).intersection(second).count < 3)
    var c = SuiteRandom(7, "y")
    #expect((0..<64).map { _ in c.below(1 << 20) } != first)
  }

  @Test("Digits and UUIDs have their form")
  func values() throws {
    var random = SuiteRandom(3, "test")
    for count in 1...7 {
      let text = random.digits(count)
      #expect(text.count == count && text.first != "0" && Int(text) != nil)
    }
    for _ in 0..<50 {
      let text = random.uuid()
      #expect(UUID(uuidString: text)?.uuidString.lowercased() == text)
      #expect(Array(text)[14] == "4" && "89ab".contains(Array(text)[19]))
    }
  }

  @Test("Names are reserved, new each time, and other than those avoided")
  func names() {
    // What `is_reserved` in Tools/acceptance/facts.py says of these names.
    for name in ["Surmik", "Trutgren", "Sakpum", "Laura", "Clara", "george"] {
      #expect(InventedNames.isReserved(name))
    }
    for name in ["Anna", "Tom", "Maria", "Peter", "Lucy", "Jack", "Bozkif"] {
      #expect(!InventedNames.isReserved(name))
    }
    var random = SuiteRandom(4, "test")
    var names = InventedNames()
    let first = (0..<3000).map { _ in names.next(&random) }
    #expect(Set(first).count == 3000)
    #expect(first.allSatisfy { InventedNames.isReserved($0) })
    #expect(first.allSatisfy { $0.first?.isUppercase == true })
    var again = SuiteRandom(4, "test")
    var others = InventedNames(avoiding: Set(first))
    #expect(Set((0..<500).map { _ in others.next(&again) }).isDisjoint(with: first))
  }

  @Test("What is avoided is drawn only when nothing else is left")
  func sample() {
    var random = SuiteRandom(5, "test")
    let drawn = Distinct.sample(["a", "b", "c"], 2, avoiding: ["b"], &random)
    #expect(Set(drawn) == ["a", "c"])
    #expect(Distinct.sample(["a", "b", "c"], 3, avoiding: ["b"], &random).last == "b")
  }

  @Test("Text of a length, by any counter", arguments: [1, 40, 700, 5000])
  func length(tokens: Int) {
    let counters: [(String) -> Int] = [
      { $0.count / 4 + 1 }, { $0.split(separator: " ").count }, { $0.count },
      { ($0.count + 2) / 3 + 3 },
    ]
    for count in counters {
      var filler = FillerText(SuiteRandom(6, "test"))
      let text = filler.sentences(tokens: tokens, count).joined(separator: " ")
      #expect(count(text) >= tokens)
      // One sentence more at most.
      #expect(count(text) <= tokens + 250, "\(count(text)) of \(tokens)")
    }
    var filler = FillerText(SuiteRandom(6, "test"))
    #expect(filler.sentences(tokens: tokens) { _ in 0 }.count == tokens)
  }
}

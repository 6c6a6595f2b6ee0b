import Generation
import TestSupport
import Testing
import Transformer

@Suite("What makes a text a loop") struct RepetitionGuardTests {
  /// The tokens after which a guard first says that there is a loop.
  private func read(
    _ tokens: [Int32], hasLetter: @escaping @Sendable (Int32) -> Bool = { _ in true }
  ) -> (count: Int, loop: RepetitionGuard.Loop)? {
    var watch = RepetitionGuard(hasLetter: hasLetter)
    for (index, token) in tokens.enumerated() {
      if let loop = watch.append(token) { return (index + 1, loop) }
    }
    return nil
  }

  /// Words, punctuation marks, blanks before them and line breaks, one token each.
  private func tokens(_ text: String) -> [Int32] {
    var known: [Substring: Int32] = [:]
    return text.matches(of: /\n| ?\w+| ?[^\w\s]| +/).map { match in
      known[match.output] = known[match.output] ?? Int32(known.count)
      return known[match.output] ?? 0
    }
  }

  @Test(
    "A period that is said four times, over 48 tokens", arguments: [1, 2, 3, 7, 12, 13, 25, 40])
  func loops(period: Int) throws {
    for before in [0, 1, 5, 39, 100] {
      let start = (0..<Int32(before)).map { 1000 + $0 }
      let said = (0..<Int32(period)).map { 7 + $0 }
      let text = start + (0..<60).flatMap { _ in said }
      let found = try #require(read(text))
      #expect(found.loop == .init(period: period, start: before))
      #expect(found.count == before + max(4 * period, 48))
      #expect(found.loop.firstEnd == before + period)
    }
  }

  @Test("The same sentence again and again")
  func sentence() throws {
    let text = "I do not know. " + String(repeating: "You are a kind person. ", count: 12)
    let found = try #require(read(tokens(text)))
    #expect(found.loop.period == tokens(" You are a kind person.").count)
  }

  @Test("Rulers, rows of zeros and empty tables may be long, but not without end")
  func letterless() throws {
    for period in [1, 4, 40] as [Int32] {
      let said = { (count: Int32) in (0..<count).flatMap { _ in Array(0..<period) } }
      let isLetter: @Sendable (Int32) -> Bool = { $0 >= period }
      #expect(read(Array(said(400 / period).prefix(255)), hasLetter: isLetter) == nil)
      let found = try #require(read(said(400 / period), hasLetter: isLetter))
      #expect(found.count == 256 && found.loop.period == Int(period) && found.loop.start == 0)
      // One letter in the period is enough.
      #expect(try #require(read(said(400 / period)) { $0 == period - 1 }).count <= 4 * 40)
    }
  }

  @Test("A period of 41 tokens is not looked for, and neither are three times")
  func limits() {
    let long = (0..<Int32(41)).map { $0 }
    #expect(read((0..<9).flatMap { _ in long }) == nil)
    let verse = (0..<Int32(30)).map { $0 }
    #expect(read((0..<3).flatMap { _ in verse } + verse.dropLast()) == nil)
    #expect(read((0..<4).flatMap { _ in verse }) != nil)
  }

  @Test("A repetition that something interrupts begins anew")
  func interrupted() {
    let line = (0..<Int32(11)).map { $0 }
    let rows = (0..<Int32(30)).map { line + [100 + $0] }
    #expect(read(Array(rows.joined())) == nil)
  }

  static let legitimate = [
    String(repeating: "ha ", count: 20) + "that is funny!",
    "No, no, no, no, no, no, no, no, no, no. Stop it.",
    String(
      repeating: "Row, row, row your boat, gently down the stream.\nMerrily, merrily, life is.\n",
      count: 3),
    "La la la la la la la la, la la la la la la la la, sing with me, everybody, once again now.",
    (1...40).map { "\($0). Item \($0)\n" }.joined(),
    (1...40).map { "- buy \($0) apples and a pear\n" }.joined(),
    "| a | b | c | d |\n|---|---|---|---|\n"
      + (1...30).map { "| \($0) | x | x | yes |\n" }.joined(),
    "a = [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]\nb = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]\n",
    (1...30).map { "    if value == \($0): return name[\($0)]\n" }.joined(),
    String(repeating: "  }\n", count: 8) + "}\n" + String(repeating: ")", count: 12),
    String(repeating: "-", count: 40) + "\nA title\n" + String(repeating: "=", count: 40),
    (1...12).map { "7 times \($0) is \(7 * $0).\n" }.joined(),
    "The dog runs. The cat runs. The bird flies. The fish swims. The dog sleeps. The cat sleeps. "
      + "The bird sleeps. The fish sleeps. The dog eats. The cat eats. The bird eats.",
  ]

  @Test("Lists, tables, code, laughter and a refrain are no loops", arguments: legitimate)
  func isLegitimate(text: String) { #expect(read(tokens(text)) == nil) }

  @Test("A generation that loops ends by it, with the loop, and begins anew")
  func generation() throws {
    let model = try SampleModel().model
    let session = TransformerSession(model: model)
    let watch = RepetitionGuard(repetitions: 3, length: 3) { _ in true }
    func run(_ watch: RepetitionGuard?) throws -> ([Int32], TokenGenerator) {
      session.reset()
      var generator = TokenGenerator(
        session: session, sampler: Sampler(.greedy), stop: [], maximumTokens: 60,
        repetitionGuard: watch)
      var tokens: [Int32] = []
      for _ in 0..<2 {
        session.reset()
        tokens = []
        generator.begin(try session.forward([1, 270, 280]))
        while let token = try generator.next() { tokens.append(token.id) }
      }
      return (tokens, generator)
    }
    let (free, unguarded) = try run(nil)
    #expect(unguarded.reason == .length && unguarded.loop == nil)
    var reference = watch
    let end = try #require(free.firstIndex { reference.append($0) != nil })
    let (tokens, generator) = try run(watch)
    #expect(generator.reason == .repetition)
    #expect(tokens == Array(free[...end]))
    #expect(generator.loop == reference.loop)
    #expect(session.tokens.count == 3 + tokens.count - 1)
  }
}

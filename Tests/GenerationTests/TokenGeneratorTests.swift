import Generation
import TestSupport
import Testing
import Transformer

@Suite struct TokenGeneratorTests {
  let tiny: SampleModel

  init() throws { tiny = try SampleModel() }

  private func session(_ prompt: [Int32] = [1, 270, 280]) throws -> (TransformerSession, Logits) {
    let session = TransformerSession(model: tiny.model)
    return (session, try session.forward(prompt))
  }

  private func run(
    _ configuration: SamplingConfiguration = .greedy, stop: Set<Int32> = [], limit: Int
  ) throws -> (tokens: [Int32], reason: StopReason?, session: TransformerSession) {
    let (session, logits) = try session()
    var generator = TokenGenerator(
      session: session, sampler: Sampler(configuration), stop: stop, maximumTokens: limit)
    generator.begin(logits)
    var tokens: [Int32] = []
    while let token = try generator.next() { tokens.append(token.id) }
    #expect(generator.count == tokens.count)
    #expect(try generator.next() == nil, "an ended generation stays ended")
    return (tokens, generator.reason, session)
  }

  @Test func greedyGenerationEqualsForwardingEverythingAgain() throws {
    let (tokens, reason, _) = try run(limit: 12)
    #expect(reason == .length)
    #expect(tokens.count == 12)
    var expected: [Int32] = []
    for _ in 0..<12 {
      let (_, logits) = try session([1, 270, 280] + expected)
      let row = logits.last
      let best = row.indices.max { (row[$0], -$0) < (row[$1], -$1) } ?? 0
      expected.append(Int32(best))
    }
    #expect(tokens == expected)
  }

  @Test("Several generations together give what each gives alone")
  func together() throws {
    var hot = SamplingConfiguration(temperature: 1.5, topK: 0, topP: 1, minP: 0, seed: 4)
    let warm = SamplingConfiguration(temperature: 1, seed: 9)
    hot.repeatPenalty = 1.3
    let stop = try run(limit: 12).tokens[4]
    // The context holds 64; one generation fills it, one ends with its turn, one looks ahead.
    let cases: [(SamplingConfiguration, prompt: [Int32], stop: Set<Int32>, limit: Int, Bool)] = [
      (.greedy, [1, 270, 280], [], 200, false), (.greedy, [1, 270, 280], [stop], 12, false),
      (hot, [1, 5], [], 30, false), (warm, [1, 9, 9, 9], [], 1, false),
      (.greedy, [1, 270, 280, 270, 280], [], 40, true), (warm, [7], [], 0, false),
    ]
    func generators() throws -> [TokenGenerator] {
      try cases.map { configuration, prompt, stop, limit, looksAhead in
        let (session, logits) = try session(prompt)
        var generator = TokenGenerator(
          session: session, sampler: Sampler(configuration), stop: stop, maximumTokens: limit,
          lookup: looksAhead ? PromptLookup() : nil)
        generator.begin(logits)
        return generator
      }
    }
    var alone = try generators()
    let expected = try alone.indices.map { index in
      var tokens: [GeneratedToken] = []
      while let token = try alone[index].next() { tokens.append(token) }
      return tokens
    }
    var together = try generators()
    var found = [[GeneratedToken]](repeating: [], count: together.count)
    while true {
      let tokens = try TokenGenerator.next(&together)
      for (index, token) in tokens.enumerated() { token.map { found[index].append($0) } }
      if tokens.allSatisfy({ $0 == nil }) { break }
    }
    #expect(found == expected)
    #expect(found[0].count == 62 && found[5].isEmpty)
    #expect(together.map(\.reason) == alone.map(\.reason))
    #expect(together.map(\.session.tokens) == alone.map(\.session.tokens))
    #expect(together[0].reason == .contextFull && together[1].reason == .endOfTurn)
  }

  @Test func theSameSeedGivesTheSameText() throws {
    var configuration = SamplingConfiguration(temperature: 1.5, topK: 0, topP: 1, minP: 0, seed: 4)
    let one = try run(configuration, limit: 30).tokens
    let same = try run(configuration, limit: 30).tokens
    configuration.seed = 5
    let other = try run(configuration, limit: 30).tokens
    #expect(one == same)
    #expect(one != other)
  }

  @Test func aStopTokenEndsTheTurnAndIsNotDelivered() throws {
    let free = try run(limit: 12).tokens
    let stop = free[4]
    let first = try #require(free.firstIndex(of: stop))
    let (tokens, reason, session) = try run(stop: [stop], limit: 12)
    #expect(reason == .endOfTurn)
    #expect(tokens == Array(free[..<first]))
    #expect(session.tokens == [1, 270, 280] + tokens, "all delivered tokens are in the session")
  }

  @Test func aFullContextEndsTheGeneration() throws {
    let (tokens, reason, session) = try run(limit: 1000)
    #expect(reason == .contextFull)
    #expect(session.tokens.count == 64)
    #expect(tokens.count == 64 - 3 + 1, "the last token needs no room to be delivered")
  }

  @Test func nothingIsCommitted() throws {
    #expect(try run(limit: 5).session.committed == 0)
  }

  @Test func cancellingEndsTheGeneration() async throws {
    let (session, logits) = try session()
    var generator = TokenGenerator(
      session: session, sampler: Sampler(.greedy), stop: [], maximumTokens: 50)
    generator.begin(logits)
    #expect(try generator.next() != nil)
    generator.cancel()
    #expect(try generator.next() == nil)
    #expect(generator.reason == .cancelled)
  }

  @Test func aCancelledTaskEndsTheGeneration() async throws {
    let model = tiny.model
    let task = Task { () -> StopReason? in
      let session = TransformerSession(model: model)
      var generator = TokenGenerator(
        session: session, sampler: Sampler(.greedy), stop: [], maximumTokens: 50)
      try generator.begin(prompt: [1])
      withUnsafeCurrentTask { $0?.cancel() }
      _ = try generator.next()
      return generator.reason
    }
    #expect(try await task.value == .cancelled)
  }

  @Test func withoutABeginThereIsAnError() throws {
    let (session, _) = try session()
    var generator = TokenGenerator(
      session: session, sampler: Sampler(.greedy), stop: [], maximumTokens: 5)
    #expect(throws: TransformerError.emptyInput) { _ = try generator.next() }
    #expect(throws: TransformerError.self) { try generator.begin(prompt: [9999]) }
    try generator.begin(prompt: [5])
    #expect(try generator.next()?.position == 4)
  }

  @Test func noTokensAreGeneratedWhereNoneAreAllowed() throws {
    for limit in [0, -1] {
      let (tokens, reason, _) = try run(limit: limit)
      #expect(tokens.isEmpty)
      #expect(reason == .length)
    }
  }
}

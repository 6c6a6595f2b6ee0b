import Generation
import TestSupport
import Testing
import Transformer

/// Guessed tokens change the number of passes, and nothing else.
@Suite struct PromptLookupTests {
  let tiny: SampleModel

  init() throws { tiny = try SampleModel(context: 400) }

  private func text(
    _ lookup: PromptLookup?, after prompt: [Int32], _ configuration: SamplingConfiguration,
    stop: Set<Int32> = [], limit: Int = 80
  ) throws -> (tokens: [Int32], positions: [Int], session: TransformerSession, passes: Int) {
    let session = TransformerSession(model: tiny.model)
    var passes = 0
    let hook = session.hooks.read([.lnFinal]) { _, _ in passes += 1 }
    defer { hook.remove() }
    let logits = try session.forward(prompt)
    var generator = TokenGenerator(
      session: session, sampler: Sampler(configuration), stop: stop, maximumTokens: limit,
      lookup: lookup)
    generator.begin(logits)
    var tokens: [Int32] = []
    var positions: [Int] = []
    while let token = try generator.next() {
      tokens.append(token.id)
      positions.append(token.position)
    }
    return (tokens, positions, session, passes)
  }

  @Test(arguments: [0, 1, 2, 3])
  func theTextIsTheSame(seed: UInt64) throws {
    var random = TestRandom(seed: seed)
    let part = random.tokens(12, below: tiny.model.configuration.vocabularySize)
    // A sharp distribution repeats itself, so that guesses are right now and then; a flat one hardly.
    for temperature in [0, 0.3, 1.5] as [Float] {
      var configuration = SamplingConfiguration.greedy
      configuration.temperature = temperature
      configuration.seed = seed
      for limit in [1, 2, 80] {
        let plain = try text(nil, after: part + part, configuration, limit: limit)
        let guessed = try text(
          PromptLookup(match: 1), after: part + part, configuration, limit: limit)
        #expect(guessed.tokens == plain.tokens)
        #expect(guessed.positions == plain.positions)
        #expect(guessed.session.tokens == plain.session.tokens, "no guess is left behind")
        let stop = plain.tokens.last.map { Set([$0]) } ?? []
        let stopped = try text(nil, after: part + part, configuration, stop: stop, limit: limit)
        let both = try text(
          PromptLookup(match: 2), after: part + part, configuration, stop: stop, limit: limit)
        #expect(both.tokens == stopped.tokens)
        #expect(both.session.tokens == stopped.session.tokens)
      }
    }
  }

  @Test("A text that repeats itself takes fewer passes")
  func fewerPasses() throws {
    // Greedy text of a small random model ends in a loop.
    let plain = try text(nil, after: [1, 270, 280], .greedy, limit: 300)
    let guessed = try text(PromptLookup(), after: [1, 270, 280], .greedy, limit: 300)
    #expect(guessed.tokens == plain.tokens)
    #expect(plain.passes == 300)
    #expect(guessed.passes < 200)
  }

  @Test("Up to the very end of the context")
  func fullContext() throws {
    let plain = try text(nil, after: [1, 270, 280], .greedy, limit: 1000)
    let guessed = try text(PromptLookup(), after: [1, 270, 280], .greedy, limit: 1000)
    #expect(plain.tokens.count > 390)
    #expect(guessed.tokens == plain.tokens)
  }
}

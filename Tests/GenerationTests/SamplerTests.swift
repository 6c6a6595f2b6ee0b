import Foundation
import Generation
import Testing

@Suite struct SamplerTests {
  private func sample(
    _ logits: [Float], _ configuration: SamplingConfiguration, recent: [Int32] = []
  ) -> Int32 {
    var sampler = Sampler(configuration)
    return logits.withUnsafeBufferPointer { sampler.sample($0, recent: recent) }
  }

  /// How often each token comes.
  private func counts(
    _ logits: [Float], _ configuration: SamplingConfiguration, draws: Int = 20_000
  ) -> [Int32: Int] {
    var sampler = Sampler(configuration)
    var counts: [Int32: Int] = [:]
    logits.withUnsafeBufferPointer { row in
      for _ in 0..<draws { counts[sampler.sample(row, recent: []), default: 0] += 1 }
    }
    return counts
  }

  private func open(_ change: (inout SamplingConfiguration) -> Void = { _ in })
    -> SamplingConfiguration
  {
    var configuration = SamplingConfiguration(
      temperature: 1, topK: 0, topP: 1, minP: 0, repeatPenalty: 1, seed: 11)
    change(&configuration)
    return configuration
  }

  @Test func greedyTakesTheLargestAndOfEqualsTheFirst() {
    #expect(sample([1, 3, 2], .greedy) == 1)
    #expect(sample([2, 3, 3, 3], .greedy) == 1)
    #expect(sample([-5, -4], .greedy) == 1)
    #expect(sample([0], .greedy) == 0)
    #expect(sample([], .greedy) == 0)
  }

  @Test func frequenciesFollowTheSoftmax() {
    let logits: [Float] = [0, 1, 2, -1]
    let total = logits.reduce(0) { $0 + exp(Double($1)) }
    let counts = counts(logits, open())
    for (id, logit) in logits.enumerated() {
      let expected = exp(Double(logit)) / total
      let found = Double(counts[Int32(id)] ?? 0) / 20_000
      // Five standard deviations of a binomial frequency.
      #expect(abs(found - expected) < 5 * (expected * (1 - expected) / 20_000).squareRoot())
    }
  }

  @Test func temperatureSharpensAndFlattens() {
    let logits: [Float] = [0, 1]
    let cold = counts(logits, open { $0.temperature = 0.25 })[1] ?? 0
    let warm = counts(logits, open { $0.temperature = 4 })[1] ?? 0
    // Odds of e^4 and e^(1/4).
    #expect(abs(Double(cold) / 20_000 - 0.98201) < 0.006)
    #expect(abs(Double(warm) / 20_000 - 0.56218) < 0.018)
  }

  @Test func topKKeepsTheBest() {
    let logits: [Float] = [1, 5, 3, 5, 2, 4]
    #expect(Set(counts(logits, open { $0.topK = 3 }).keys) == [1, 3, 5])
    #expect(Set(counts(logits, open { $0.topK = 1 }).keys) == [1])
    #expect(counts(logits, open { $0.topK = 100 }).count == 6)
  }

  @Test func topPKeepsTheFewestThatReachIt() {
    // Probabilities 1/2, 1/4, 1/8, 1/8.
    let logits = [0.125, 0.5, 0.25, 0.125].map { Float(log($0)) }
    #expect(Set(counts(logits, open { $0.topP = 0.49 }).keys) == [1])
    #expect(Set(counts(logits, open { $0.topP = 0.6 }).keys) == [1, 2])
    #expect(Set(counts(logits, open { $0.topP = 0.8 }).keys) == [0, 1, 2])
    #expect(counts(logits, open { $0.topP = 1 }).count == 4)
    #expect(Set(counts(logits, open { $0.topP = 0 }).keys) == [1], "one is always left")
  }

  @Test func minPIsRelativeToTheBest() {
    let logits = [0.5, 0.3, 0.15, 0.05].map { Float(log($0)) }
    #expect(Set(counts(logits, open { $0.minP = 0.5 }).keys) == [0, 1])
    #expect(Set(counts(logits, open { $0.minP = 0.25 }).keys) == [0, 1, 2])
    #expect(Set(counts(logits, open { $0.minP = 1 }).keys) == [0])
  }

  @Test func theSelectionEqualsASortOfEverything() {
    var numbers = Xoshiro256(seed: 3)
    for round in 0..<40 {
      let size = 50 + round * 7
      let logits = (0..<size).map { _ in Float(Int(numbers.unit() * 40)) / 4 }
      let count = 1 + Int(numbers.unit() * 20)
      let order = logits.indices.sorted {
        logits[$0] != logits[$1] ? logits[$0] > logits[$1] : $0 < $1
      }
      let expected = Set(order.prefix(count).map { Int32($0) })
      // Hot enough that every candidate comes.
      let found = Set(
        counts(
          logits,
          open {
            $0.topK = count
            $0.temperature = 100
          }, draws: 3000
        ).keys)
      #expect(found == expected)
    }
  }

  @Test func theSameSeedGivesTheSameTokens() {
    var numbers = Xoshiro256(seed: 9)
    let rows = (0..<50).map { _ in (0..<300).map { _ in Float(numbers.unit() * 10) } }
    func run(_ seed: UInt64) -> [Int32] {
      var sampler = Sampler(SamplingConfiguration(seed: seed))
      return rows.map { row in row.withUnsafeBufferPointer { sampler.sample($0, recent: []) } }
    }
    #expect(run(1) == run(1))
    #expect(run(1) != run(2))
  }

  @Test func repeatedTokensBecomeLessLikely() {
    var penalised = SamplingConfiguration(temperature: 0, repeatPenalty: 2, repeatLastN: 2)
    #expect(sample([4, 3], penalised, recent: [0]) == 1, "4 / 2 < 3")
    #expect(sample([4, 1], penalised, recent: [0]) == 0, "4 / 2 > 1")
    #expect(sample([-1, -1.5], penalised, recent: [0]) == 1, "-1 x 2 < -1.5")
    #expect(sample([4, 3, 1], penalised, recent: [0, 2, 2]) == 0, "beyond the last two")
    #expect(sample([4, 3], penalised, recent: [0, 0, 0]) == 1, "once, however often it occurred")
    #expect(sample([4, 3], penalised, recent: [-1, 99, 0]) == 1, "ids outside are ignored")
    penalised.repeatLastN = -1
    #expect(sample([4, 3, 1], penalised, recent: [0, 2, 2]) == 1, "all of them")
    penalised.repeatLastN = 0
    #expect(sample([4, 3], penalised, recent: [0]) == 0)
  }

  @Test func logitsThatAreNoNumbersAreImpossible() {
    for configuration in [SamplingConfiguration.greedy, open(), SamplingConfiguration(seed: 1)] {
      #expect(sample([.nan, -.infinity, 0.5, .nan], configuration) == 2)
      #expect(sample([1, .infinity, 2], configuration) == 1)
      let nothing = sample([.nan, -.infinity, .nan], configuration)
      #expect((0..<3).contains(nothing))
    }
    #expect(Set(counts([.infinity, 0, .infinity], open()).keys) == [0, 2])
    let tiny = sample([1e30, -1e30, 0], open { $0.temperature = .leastNonzeroMagnitude })
    #expect(tiny == 0)
  }

  @Test func settingsOutOfRangeStillGiveATokenOfTheRow() {
    for configuration in [
      SamplingConfiguration(temperature: .nan, seed: 1),
      SamplingConfiguration(temperature: .infinity, seed: 1),
      SamplingConfiguration(topK: -3, topP: -1, minP: 7, seed: 1),
      SamplingConfiguration(topP: .nan, minP: .nan, seed: 1),
      SamplingConfiguration(repeatPenalty: 0, repeatLastN: .max, seed: 1),
      SamplingConfiguration(repeatPenalty: .nan, seed: 1),
    ] {
      #expect((0..<3).contains(sample([1, 2, 3], configuration, recent: [1, 2])))
    }
  }

  @Test func theGeneratorIsThePublishedOne() {
    // From the authors' reference code, state filled by SplitMix64 from 0 and from 42.
    var zero = Xoshiro256(seed: 0)
    #expect((0..<3).map { _ in zero.next() } == Self.referenceZero)
    var answer = Xoshiro256(seed: 42)
    #expect((0..<3).map { _ in answer.next() } == Self.referenceAnswer)
    for _ in 0..<1000 { #expect((0..<1).contains(answer.unit())) }
  }

  static let referenceZero: [UInt64] = [0x99ec5f36cb75f2b4, 0xbf6e1f784956452a, 0x1a5f849d4933e6e0]
  static let referenceAnswer: [UInt64] = [
    0x15780b2e0c2ec716, 0x6104d9866d113a7e, 0xae17533239e499a1,
  ]
}

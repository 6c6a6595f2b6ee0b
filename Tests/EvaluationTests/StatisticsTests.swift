import Foundation
import MnemeEvaluation
import Tensors
import Testing

@Suite("Statistics")
struct StatisticsTests {
  @Test(
    "The normal quantile inverts the distribution",
    arguments: [1e-6, 0.01, 0.02425, 0.3, 0.5, 0.9, 0.975, 0.99999])
  func quantileInverts(probability: Double) {
    let z = NormalDistribution.quantile(probability)
    #expect(abs(NormalDistribution.cumulative(z) - probability) < 1e-12)
  }

  @Test("Known quantiles")
  func knownQuantiles() {
    #expect(abs(NormalDistribution.quantile(0.975) - 1.959963984540054) < 1e-9)
    #expect(abs(NormalDistribution.quantile(0.5)) < 1e-12)
    #expect(NormalDistribution.quantile(0) == -.infinity)
    #expect(NormalDistribution.quantile(1) == .infinity)
  }

  @Test("SplitMix64 gives the published sequence")
  func generator() {
    // First outputs of the reference implementation for seed 1234567.
    var generator = SplitMix64(seed: 1_234_567)
    let values = (0..<3).map { _ in generator.next() }
    #expect(
      values == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
  }

  @Test("The same seed gives the same interval, another seed another one")
  func seeded() {
    let values = (0..<40).map { sin(Double($0) * 1.7) + 0.2 }
    let a = Bootstrap(seed: 1).meanInterval(values)
    #expect(a == Bootstrap(seed: 1).meanInterval(values))
    #expect(a != Bootstrap(seed: 2).meanInterval(values))
  }

  @Test("On symmetric values the interval is close to the normal one")
  func symmetric() throws {
    let values = (0..<400).map { NormalDistribution.quantile((Double($0) + 0.5) / 400) + 3 }
    let interval = try #require(Bootstrap().meanInterval(values))
    let half = 1.96 / 400.0.squareRoot()
    #expect(abs(interval.lowerBound - (3 - half)) < 0.015)
    #expect(abs(interval.upperBound - (3 + half)) < 0.015)
  }

  @Test("On skewed values BCa shifts towards the long tail")
  func skewed() throws {
    let values = (0..<60).map { exp(NormalDistribution.quantile((Double($0) + 0.5) / 60) * 1.2) }
    let mean = values.reduce(0, +) / 60
    let interval = try #require(Bootstrap().meanInterval(values))
    #expect(interval.upperBound - mean > 1.15 * (mean - interval.lowerBound))
  }

  @Test("Edge cases: none, one, equal and non-finite values")
  func edges() {
    let bootstrap = Bootstrap()
    #expect(bootstrap.meanInterval([]) == nil)
    #expect(bootstrap.meanInterval([1]) == nil)
    #expect(bootstrap.meanInterval([2, 2, 2]) == 2...2)
    #expect(bootstrap.meanInterval([1, .nan]) == nil)
  }

  @Test("About 95 % of intervals cover the true mean")
  func coverage() throws {
    var generator = SplitMix64(seed: 99)
    var covered = 0
    for round in 0..<200 {
      let values = (0..<30).map { _ in Double.random(in: -1...1, using: &generator) }
      let interval = try #require(
        Bootstrap(resamples: 2000, seed: UInt64(round)).meanInterval(values))
      if interval.contains(0) { covered += 1 }
    }
    #expect((178...200).contains(covered), "\(covered) of 200")
  }
}

@Suite("Paired differences")
struct PairedDifferenceTests {
  @Test("Wins follow the metric's direction")
  func direction() throws {
    let arm: [Double?] = [1, 2, 3, 4]
    let baseline: [Double?] = [2, 2, 5, 3]
    let low = try #require(
      PairedDifference(arm: arm, baseline: baseline, direction: .lowerIsBetter))
    #expect((low.wins, low.losses, low.ties) == (2, 1, 1))
    #expect(low.mean == -0.5)
    let high = try #require(
      PairedDifference(arm: arm, baseline: baseline, direction: .higherIsBetter))
    #expect((high.wins, high.losses, high.ties) == (1, 2, 1))
  }

  @Test("Items one arm lacks are left out")
  func missing() throws {
    let delta = try #require(
      PairedDifference(arm: [1, nil, 3], baseline: [0, 5, nil], direction: .lowerIsBetter))
    #expect(delta.mean == 1)
    #expect(delta.interval == nil)
    #expect(!delta.isDecided)
    #expect(PairedDifference(arm: [nil], baseline: [1], direction: .lowerIsBetter) == nil)
  }

  @Test("JSON has the fields the command line promises")
  func json() throws {
    let delta = try #require(
      PairedDifference(arm: [1, 1], baseline: [2, 2], direction: .lowerIsBetter))
    let data = try JSONEncoder().encode(delta)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(Set(object.keys) == ["mean", "ci95", "wins", "losses", "ties", "units", "p"])
    #expect(object["units"] as? Int == 2)
    #expect(object["ci95"] as? [Double] == [-1, -1])
    #expect(object["p"] as? Double == 0.5)
    #expect(try JSONDecoder().decode(PairedDifference.self, from: data) == delta)
    // Two items that agree are an interval of no width, and no proof.
    #expect(!delta.isDecided)
  }

  @Test("A file of an earlier version has no p, and decides nothing")
  func withoutP() throws {
    let text = #"{"mean":1,"ci95":[0.5,2],"wins":9,"losses":0,"ties":1}"#
    let delta = try JSONDecoder().decode(PairedDifference.self, from: Data(text.utf8))
    #expect(delta.p == nil && delta.wins == 9 && !delta.isDecided)
    // Its units were its items.
    #expect(delta.units == 10)
    for counts in [
      #""wins":9,"losses":0,"ties":1,"units":-1"#,
      #""wins":9223372036854775807,"losses":1,"ties":0"#,
    ] {
      let text = #"{"mean":1,"ci95":[0.5,2],\#(counts)}"#
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(PairedDifference.self, from: Data(text.utf8))
      }
    }
    let wrong = #"{"mean":1,"ci95":[0.5,2],"wins":9,"losses":0,"ties":1,"p":1.5}"#
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(PairedDifference.self, from: Data(wrong.utf8))
    }
  }

  @Test("Signs by hand: six that agree are 2 of 64, five 2 of 32, ties have no sign")
  func signs() throws {
    let test = PermutationTest()
    #expect(test.pValue([1, 2, 3, 4, 5, 6]) == 2.0 / 64)
    #expect(test.pValue([1, 2, 3, 4, 5]) == 2.0 / 32)
    #expect(test.pValue([1, 1, 1, -1, 0, 0]) == 10.0 / 16)
    #expect(test.pValue([0, 0]) == 1)
    #expect(test.pValue([1]) == nil)
    #expect(test.pValue([1, .infinity]) == nil)
    let six = try #require(
      PairedDifference(
        arm: [1, 2, 3, 4, 5, 6], baseline: [0, 0, 0, 0, 0, 0], direction: .higherIsBetter))
    let five = try #require(
      PairedDifference(
        arm: [1, 2, 3, 4, 5], baseline: [0, 0, 0, 0, 0], direction: .higherIsBetter))
    #expect(six.isDecided && !five.isDecided)
  }

  @Test("More than sixteen: drawn signs, the same for the same seed, never zero")
  func drawn() throws {
    let values = (0..<40).map { 1 + Double($0) / 10 }
    let p = try #require(PermutationTest(flips: 999).pValue(values))
    #expect(p == 1.0 / 1000)
    let noise = (0..<40).map { sin(Double($0) * 1.7) + 0.1 }
    #expect(PermutationTest(seed: 5).pValue(noise) == PermutationTest(seed: 5).pValue(noise))
    #expect(PermutationTest(seed: 5).pValue(noise) != PermutationTest(seed: 6).pValue(noise))
    // Units do not matter.
    #expect(
      PermutationTest(seed: 5).pValue(noise)
        == PermutationTest(seed: 5).pValue(noise.map { $0 * 1024 }))
  }

  @Test("An interval in the wrong order is refused")
  func invalidJSON() {
    let text = #"{"mean":0,"ci95":[2,1],"wins":0,"losses":0,"ties":1}"#
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(PairedDifference.self, from: Data(text.utf8))
    }
  }
}

import Foundation
import MnemeEvaluation
import Tensors
import Testing

/// A memory that does nothing shows no effect, and one that does something shows it.
@Suite("No effect out of nothing")
struct NullEffectTests {
  /// How two arms that do not differ may look.
  enum Shape: String, CaseIterable {
    /// A common difficulty of the item, and noise of each arm.
    case paired
    /// The same with Student's t of two degrees of freedom: some items are far off.
    case heavyTailed
    /// Right or wrong, mostly the same in both arms.
    case binary
  }

  static let seeds = 200

  @Test("Decided in at most 5 % of runs, but for chance", arguments: Shape.allCases)
  func nothing(shape: Shape) throws {
    var decided = 0
    for seed in 0..<Self.seeds {
      if try difference(shape, seed: seed, effect: 0).isDecided { decided += 1 }
    }
    let most = Self.binomialQuantile(0.999, trials: Self.seeds, p: PairedDifference.level)
    #expect(decided <= most, "\(decided) of \(Self.seeds) decided, at most \(most) by chance")
  }

  @Test("The interval alone decides too often when there are few items")
  func intervalsOfFew() throws {
    var (alone, both) = (0, 0)
    for seed in 0..<400 {
      let found = try difference(.paired, seed: seed, effect: 0, items: 6)
      let interval = try #require(found.interval)
      if interval.lowerBound > 0 || interval.upperBound < 0 { alone += 1 }
      if found.isDecided { both += 1 }
    }
    let most = Self.binomialQuantile(0.999, trials: 400, p: PairedDifference.level)
    #expect(alone > most && both <= most, "alone \(alone), with the test \(both), most \(most)")
  }

  @Test("An effect as large as the noise is found", arguments: [Shape.paired, .binary])
  func power(shape: Shape) throws {
    var found = 0
    for seed in 0..<100 {
      let result = try difference(shape, seed: seed, effect: 1, items: 60)
      if result.isDecided, result.mean < 0, result.wins > result.losses { found += 1 }
    }
    #expect(found >= 95, "\(found) of 100")
  }

  @Test("Items that share an episode decide far too often unless the episode is the unit")
  func clusters() throws {
    var (alone, together) = (0, 0)
    for seed in 0..<Self.seeds {
      if try clustered(seed: seed, effect: 0, isClustered: false).isDecided { alone += 1 }
      if try clustered(seed: seed, effect: 0, isClustered: true).isDecided { together += 1 }
    }
    let most = Self.binomialQuantile(0.999, trials: Self.seeds, p: PairedDifference.level)
    #expect(together <= most, "\(together) of \(Self.seeds) decided, at most \(most) by chance")
    #expect(alone > 3 * most, "\(alone) of \(Self.seeds)")
  }

  @Test("An effect that is larger than what episodes differ by is found")
  func powerOfClusters() throws {
    var found = 0
    for seed in 0..<100 {
      let result = try clustered(seed: seed, effect: 1.5, isClustered: true)
      if result.isDecided, result.mean < 0, result.units == 12 { found += 1 }
    }
    #expect(found >= 95, "\(found) of 100")
  }

  /// Twelve episodes of six questions; what an arm gains in an episode is common to its questions.
  private func clustered(
    seed: Int, effect: Double, isClustered: Bool
  ) throws -> PairedDifference {
    var generator = SplitMix64(seed: UInt64(seed) &* 104_729 &+ 11)
    func normal() -> Double {
      NormalDistribution.quantile(Double.random(in: 1e-12..<1, using: &generator))
    }
    var (arm, baseline): ([Double?], [Double?]) = ([], [])
    var episodes: [String?] = []
    for episode in 0..<12 {
      let gain = normal()
      for _ in 0..<6 {
        let common = normal()
        arm.append(common + gain + 0.5 * normal() - effect)
        baseline.append(common + 0.5 * normal())
        episodes.append("episode \(episode)")
      }
    }
    return try #require(
      PairedDifference(
        arm: arm, baseline: baseline, direction: .lowerIsBetter,
        bootstrap: Bootstrap(resamples: 1000, seed: UInt64(seed)),
        clusters: isClustered ? episodes : nil))
  }

  @Test("The quantile of the binomial distribution")
  func quantile() {
    // By hand: of 3 throws of a coin P(X <= 1) = 0.5, P(X <= 2) = 0.875.
    #expect(Self.binomialQuantile(0.5, trials: 3, p: 0.5) == 1)
    #expect(Self.binomialQuantile(0.51, trials: 3, p: 0.5) == 2)
    #expect(Self.binomialQuantile(0.9, trials: 3, p: 0.5) == 3)
  }

  /// The difference of two arms by a metric that is better when lower; `effect` makes the first one better.
  private func difference(
    _ shape: Shape, seed: Int, effect: Double, items: Int? = nil
  ) throws -> PairedDifference {
    var generator = SplitMix64(seed: UInt64(seed) &* 7919 &+ UInt64(shape.rawValue.count))
    let count = items ?? Int.random(in: 10...60, using: &generator)
    func normal() -> Double {
      NormalDistribution.quantile(Double.random(in: 1e-12..<1, using: &generator))
    }
    func tailed() -> Double {
      let (a, b) = (normal(), normal())
      return normal() / ((a * a + b * b) / 2).squareRoot()
    }
    var (arm, baseline): ([Double?], [Double?]) = ([], [])
    for _ in 0..<count {
      let common = normal()
      switch shape {
      case .paired:
        arm.append(common + normal() - effect)
        baseline.append(common + normal())
      case .heavyTailed:
        arm.append(common + tailed() - effect)
        baseline.append(common + tailed())
      case .binary:
        // A miss counts 1, so lower is better here, too.
        let hard = common > 0
        arm.append(
          Double.random(in: 0..<1, using: &generator) < (hard ? 0.7 - 0.6 * effect : 0.1) ? 1 : 0)
        baseline.append(Double.random(in: 0..<1, using: &generator) < (hard ? 0.7 : 0.1) ? 1 : 0)
      }
    }
    return try #require(
      PairedDifference(
        arm: arm, baseline: baseline, direction: .lowerIsBetter,
        bootstrap: Bootstrap(resamples: 1000, seed: UInt64(seed))))
  }

  /// The smallest count that is not exceeded with probability `share`.
  private static func binomialQuantile(_ share: Double, trials: Int, p: Double) -> Int {
    var term = pow(1 - p, Double(trials))
    var sum = term
    for count in 0..<trials {
      if sum >= share { return count }
      term *= Double(trials - count) / Double(count + 1) * p / (1 - p)
      sum += term
    }
    return trials
  }
}

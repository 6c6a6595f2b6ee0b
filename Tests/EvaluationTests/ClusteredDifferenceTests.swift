import Foundation
import MnemeEvaluation
import Tensors
import Testing

@Suite("Differences of items in clusters")
struct ClusteredDifferenceTests {
  private func delta(
    _ values: [Double?], _ clusters: [String?]?, bootstrap: Bootstrap = Bootstrap()
  ) throws -> PairedDifference {
    try #require(
      PairedDifference(
        arm: values, baseline: values.map { _ in 0 }, direction: .higherIsBetter,
        bootstrap: bootstrap, clusters: clusters))
  }

  @Test("By hand: clusters have the signs, items are won, lost and counted")
  func hand() throws {
    // The sums are 3, -1, 4 and 2, together 8.
    let found = try delta(
      [1, -1, 2, 0, 4, 0, 2], ["a", "b", "a", "b", nil, "c", "c"])
    #expect(found.units == 4)
    #expect(found.mean == 8.0 / 7)
    #expect((found.wins, found.losses, found.ties) == (4, 1, 2))
    // As far from zero are 3 - 1 + 4 + 2 = 8 and 3 + 1 + 4 + 2 = 10, and both with all signs changed.
    #expect(found.p == 4.0 / 16)
  }

  @Test("Six clusters that agree are needed, however many items they have")
  func few() throws {
    func result(_ clusters: Int, of items: Int) throws -> PairedDifference {
      let count = clusters * items
      return try delta(
        (0..<count).map { 1 + Double($0 % 7) / 8 }, (0..<count).map { "\($0 % clusters)" })
    }
    let six = try result(6, of: 10)
    let five = try result(5, of: 10)
    #expect(six.p == 2.0 / 64 && six.isDecided && six.units == 6)
    #expect(five.p == 2.0 / 32 && !five.isDecided)
    let one = try result(1, of: 60)
    #expect(one.interval == nil && one.p == nil && one.units == 1 && !one.isDecided)
  }

  @Test("No clusters, and clusters of one item, are the same as before, bit for bit")
  func singles() throws {
    var generator = SplitMix64(seed: 4)
    for count in [2, 9, 16, 40] {
      let values = (0..<count).map { _ in Double.random(in: -1...1.5, using: &generator) }
      let plain = try delta(values, nil)
      #expect(plain.units == count)
      #expect(try delta(values, values.map { _ in nil }) == plain)
      #expect(try delta(values, values.indices.map { "\(count - $0)" }) == plain)
      // A list that is too short says nothing of the others.
      #expect(try delta(values, ["a"]) == plain)
      #expect(plain.interval == Bootstrap().meanInterval(values))
      #expect(plain.p == PermutationTest().pValue(values))
    }
    // What the first version, which knew of no clusters, gave for the same values.
    let first: [Double] = (0..<40).map { Double(($0 * 37) % 41) / 7 - 2 }
    let second: [Double] = (0..<9).map { Double(($0 * $0 * 13) % 29) / 3 - 1 }
    let third: [Double] = (0..<25).map { $0 % 3 == 0 ? 1 : $0 % 5 == 0 ? -1 : 0 }
    let pinned: [([Double], UInt64, UInt64)] = [
      (first, 4_600_941_716_459_232_578, 4_609_216_487_515_314_761),
      (second, 4_605_514_418_938_028_337, 4_617_194_418_664_814_649),
      (third, 13_809_297_465_413_604_475, 4_602_318_531_202_457_272),
    ]
    for (values, low, high) in pinned {
      let interval = try #require(try delta(values, nil).interval)
      #expect(interval.lowerBound.bitPattern == low && interval.upperBound.bitPattern == high)
    }
  }

  @Test("Names of clusters, and items an arm lacks, change nothing")
  func names() throws {
    let values = (0..<30).map { sin(Double($0) * 1.7) + 0.3 }
    let clusters = (0..<30).map { "\($0 * $0 % 11)" }
    let found = try delta(values, clusters)
    #expect(found.units == Set(clusters).count)
    #expect(try delta(values, clusters.map { "episode " + $0 }) == found)
    #expect(try delta([nil, nil] + values, ["other", "1"] + clusters) == found)
    #expect(try delta(values, nil).mean == found.mean)
  }

  @Test("What cancels within every cluster is no difference, though its last digits do not cancel")
  func cancelling() throws {
    let parts = [0.1, 0.2, -0.3]
    #expect(parts.reduce(0, +) != 0)
    let found = try delta(
      (0..<30).map { parts[$0 % 3] }, (0..<30).map { "\($0 / 3)" })
    #expect(found.p == 1 && found.interval == 0...0 && !found.isDecided)
  }

  @Test("Equal sizes: the interval of the clusters' means")
  func equalSizes() throws {
    let sums = (0..<12).map { sin(Double($0) * 2.3) * 4 + 1 }
    let bootstrap = Bootstrap()
    let means = try #require(bootstrap.meanInterval(sums.map { $0 / 4 }))
    let ratios = try #require(
      bootstrap.ratioInterval(sums: sums, counts: sums.map { _ in 4 }))
    #expect(abs(means.lowerBound - ratios.lowerBound) < 1e-12)
    #expect(abs(means.upperBound - ratios.upperBound) < 1e-12)
  }

  @Test("A cluster counts as much as it has items")
  func ratio() throws {
    // 1 of 100 items and 0 of one: a mean of clusters would lie in the middle.
    let interval = try #require(
      Bootstrap().ratioInterval(sums: [100, 0, 0], counts: [100, 1, 1]))
    #expect(interval.upperBound == 1 && interval.lowerBound == 0)
    let big = try delta((0..<102).map { $0 < 100 ? 1 : 0 }, (0..<102).map { "\(max(99, $0))" })
    #expect(big.mean == 100.0 / 102 && big.units == 3)
    #expect(Bootstrap().ratioInterval(sums: [1, 2], counts: [2, 4]) == 0.5...0.5)
  }

  @Test("What is no cluster has no interval")
  func edges() {
    let bootstrap = Bootstrap()
    #expect(bootstrap.ratioInterval(sums: [], counts: []) == nil)
    #expect(bootstrap.ratioInterval(sums: [1], counts: [3]) == nil)
    #expect(bootstrap.ratioInterval(sums: [1, 2], counts: [1]) == nil)
    #expect(bootstrap.ratioInterval(sums: [1, 2], counts: [1, 0]) == nil)
    #expect(bootstrap.ratioInterval(sums: [1, 2], counts: [1, -1]) == nil)
    #expect(bootstrap.ratioInterval(sums: [1, .nan], counts: [1, 1]) == nil)
    #expect(bootstrap.ratioInterval(sums: [1, 2], counts: [.max, .max]) != nil)
  }
}

import Foundation
import MnemeEvaluation
import Testing

@Suite("Statistics against SciPy and statsmodels")
struct StatisticsGoldenTests {
  struct Fixture: Decodable {
    struct Case: Decodable {
      var name: String
      var values: [Double]
      var interval: [Double]?
      var p: Double
      var exact: Bool
    }
    struct Clustered: Decodable {
      var name: String
      var clusters: [Int]
      var values: [Double]
      var units: Int
      var interval: [Double]?
      var p: Double
      var exact: Bool
    }
    struct Family: Decodable {
      var p: [Double]
      var adjusted: [Double]
    }
    struct Quantile: Decodable {
      var p: Double
      var z: Double
    }
    var cases: [Case]
    var clustered: [Clustered]
    var holm: [Family]
    var quantiles: [Quantile]
  }

  static let fixture = Result { () throws -> Fixture in
    let url = try #require(
      Bundle.module.url(forResource: "statistics", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(Fixture.self, from: try Data(contentsOf: url))
  }

  @Test("Exact p-values are equal; drawn ones agree within their error")
  func permutation() throws {
    let fixture = try Self.fixture.get()
    #expect(fixture.cases.count { $0.exact } >= 8)
    for item in fixture.cases {
      let p = try #require(PermutationTest().pValue(item.values))
      if item.exact {
        #expect(abs(p - item.p) < 1e-12, "\(item.name): \(p), SciPy \(item.p)")
      } else {
        // Four standard errors of 10,000 draws, and a draw more for the rule that adds one.
        let error = 4 * (item.p * (1 - item.p) / 10_000).squareRoot() + 2e-4
        #expect(abs(p - item.p) < error, "\(item.name): \(p), SciPy \(item.p)")
      }
    }
  }

  @Test("BCa intervals agree within the error of resampling")
  func intervals() throws {
    let cases = try Self.fixture.get().cases
    #expect(cases.count { $0.interval != nil } >= 6)
    for item in cases {
      guard let expected = item.interval else { continue }
      let interval = try #require(Bootstrap(resamples: 40_000).meanInterval(item.values))
      let count = Double(item.values.count)
      let mean = item.values.reduce(0, +) / count
      let variance = item.values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
      // An end of the interval is a quantile of the resampled means: its error is a share of their spread.
      let allowed = 0.12 * (variance / count).squareRoot()
      #expect(
        abs(interval.lowerBound - expected[0]) < allowed
          && abs(interval.upperBound - expected[1]) < allowed,
        "\(item.name): \(interval), SciPy \(expected)")
    }
  }

  @Test("Items in clusters: intervals of the ratio, p-values of the clusters' signs")
  func clustered() throws {
    let cases = try Self.fixture.get().clustered
    #expect(cases.count { $0.exact } >= 6 && cases.count { $0.interval != nil } >= 6)
    for item in cases {
      let found = try #require(
        PairedDifference(
          arm: item.values, baseline: item.values.map { _ in 0 }, direction: .higherIsBetter,
          bootstrap: Bootstrap(resamples: 40_000), clusters: item.clusters.map { "\($0)" }))
      #expect(found.units == item.units)
      let p = try #require(found.p)
      let error = 4 * (item.p * (1 - item.p) / 10_000).squareRoot() + 2e-4
      #expect(
        abs(p - item.p) < (item.exact ? 1e-12 : error), "\(item.name): \(p), SciPy \(item.p)")
      guard let expected = item.interval else { continue }
      let interval = try #require(found.interval)
      // An end of the interval is a quantile of the resampled means, whose spread is a quarter of its width.
      let allowed = 0.03 * (expected[1] - expected[0])
      #expect(
        abs(interval.lowerBound - expected[0]) < allowed
          && abs(interval.upperBound - expected[1]) < allowed,
        "\(item.name): \(interval), SciPy \(expected)")
      // Taken for independent the same items give another interval, further off than resampling explains.
      let items = try #require(Bootstrap(resamples: 40_000).meanInterval(item.values))
      #expect(
        abs(items.lowerBound - expected[0]) > allowed
          || abs(items.upperBound - expected[1]) > allowed, "\(item.name)")
    }
  }

  @Test("Holm's correction")
  func holm() throws {
    for family in try Self.fixture.get().holm {
      let adjusted = Holm.adjusted(family.p)
      for (a, b) in zip(adjusted, family.adjusted) { #expect(abs(a - b) < 1e-12) }
      #expect(adjusted.count == family.adjusted.count)
    }
    #expect(Holm.adjusted([]).isEmpty)
  }

  @Test("Quantiles of the normal distribution")
  func quantiles() throws {
    for item in try Self.fixture.get().quantiles {
      let z = NormalDistribution.quantile(item.p)
      #expect(abs(z - item.z) <= 1e-9 * max(1, abs(item.z)), "\(item.p): \(z), SciPy \(item.z)")
    }
  }
}

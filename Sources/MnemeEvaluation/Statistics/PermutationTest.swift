import Tensors

/// A paired permutation test of a mean difference (Fisher 1935, "The Design of Experiments", section 21).
///
/// If two arms do not differ, each item's difference could equally have the other sign. The test counts how many
/// choices of signs give a sum at least as far from zero as the observed one. It makes no assumption about the
/// differences' distribution and is valid for any number of items, unlike a bootstrap interval.
///
/// The signs must be independent of each other. Where items are not, independent clusters replace them: all differences
/// of a cluster change sign together, which is the test of the clusters' sums (Gail et al. 1996, "On design
/// considerations and randomization-based inference for community intervention trials").
public struct PermutationTest: Sendable, Equatable {
  /// Up to this number of non-zero differences, all choices of signs are counted.
  public static let exactLimit = 16
  /// The fewest differences that can be significant at 0.05: of all choices of signs two are as far from zero as six
  /// differences that agree.
  static let fewestUnits = 6

  /// Choices of signs that are drawn when they are too many to count.
  public var flips: Int
  /// Same seed, same p.
  public var seed: UInt64

  /// By default a test with 10,000 draws.
  public init(flips: Int = 10_000, seed: UInt64 = 20_260_821) {
    self.flips = max(1, flips)
    self.seed = seed
  }

  /// The two-sided p-value of a mean of zero; `nil` for fewer than two differences, or one that is not finite.
  ///
  /// - Parameter differences: of items, or summed over clusters of items; independent of each other.
  ///
  /// Differences of zero have no sign and change nothing. Drawn signs give (count + 1) / (flips + 1), so that no draw gives
  /// a p of zero (Phipson and Smyth 2010, "Permutation p-values should never be zero").
  public func pValue(_ differences: [Double]) -> Double? {
    guard differences.count > 1, differences.allSatisfy(\.isFinite) else { return nil }
    let signed = differences.filter { $0 != 0 }
    guard !signed.isEmpty else { return 1 }
    let size = signed.reduce(0) { $0 + $1.magnitude }
    // Two choices that give the same mean may differ in the last digits.
    let threshold = signed.reduce(0, +).magnitude - 1e-12 * size
    return signed.count <= Self.exactLimit
      ? exact(signed, threshold: threshold) : drawn(signed, threshold: threshold)
  }

  /// Every choice: each sum of the first eight with each sum of the rest.
  private func exact(_ signed: [Double], threshold: Double) -> Double {
    let first = Self.sums(signed.prefix(8))
    let rest = Self.sums(signed.dropFirst(8))
    var count = 0
    for a in first {
      for b in rest where (a + b).magnitude >= threshold { count += 1 }
    }
    return Double(count) / Double(first.count * rest.count)
  }

  /// A byte of a random number chooses the signs of eight differences, whose sums are looked up.
  private func drawn(_ signed: [Double], threshold: Double) -> Double {
    let groups = stride(from: 0, to: signed.count, by: 8).map {
      Self.sums(signed[$0..<min($0 + 8, signed.count)])
    }
    var generator = SplitMix64(seed: seed ^ 0x7065_726d_7574_6174)
    var count = 0
    for _ in 0..<flips {
      var sum = 0.0
      var bits: UInt64 = 0
      for (index, group) in groups.enumerated() {
        if index % 8 == 0 { bits = generator.next() }
        sum += group[Int(bits & 0xff) & (group.count - 1)]
        bits >>= 8
      }
      if sum.magnitude >= threshold { count += 1 }
    }
    return Double(count + 1) / Double(flips + 1)
  }

  /// The sums of up to eight values under all choices of signs, 2^n of them.
  private static func sums(_ values: ArraySlice<Double>) -> [Double] {
    values.reduce(into: [0.0]) { sums, value in
      sums = sums.map { $0 + value } + sums.map { $0 - value }
    }
  }
}

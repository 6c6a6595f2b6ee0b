import Tensors

/// A confidence interval for a mean, from resampling independent units: items, or clusters of items.
///
/// The interval is BCa (bias-corrected and accelerated; Efron 1987, "Better bootstrap confidence
/// intervals", equations 2.3 and 6.6): percentiles of the resampled means, shifted for the median
/// bias of the resamples and for the skewness of the items. It respects skewed differences, which
/// plain percentiles do not, and needs no distribution to be assumed.
public struct Bootstrap: Sendable, Equatable {
  /// How many times the items, or clusters, are resampled.
  public var resamples: Int
  /// Same seed, same interval.
  public var seed: UInt64
  /// Probability mass inside the interval.
  public var level: Double

  /// By default a 95 % interval from 4000 resamples.
  public init(resamples: Int = 4000, seed: UInt64 = 20_260_821, level: Double = 0.95) {
    self.resamples = max(2, resamples)
    self.seed = seed
    self.level = min(max(level, 0.5), 0.999)
  }

  /// The interval for the mean of `values`; `nil` for fewer than two values.
  ///
  /// Values that are all equal give an interval of width zero.
  public func meanInterval(_ values: [Double]) -> ClosedRange<Double>? {
    ratioInterval(sums: values, counts: values.map { _ in 1 })
  }

  /// The interval for the mean of all items when they come in clusters: the sum of `sums` divided by that of `counts`.
  ///
  /// Items of a cluster need not be independent of each other, but clusters must be: each draw takes the same number of
  /// whole clusters with replacement (the cluster bootstrap; Field and Welsh 2007, "Bootstrapping clustered data"), and
  /// its mean is its sum divided by its own number of items. Clusters of one item each give the same as `meanInterval`.
  ///
  /// - Parameters:
  ///   - sums: of the items of each cluster.
  ///   - counts: items of each cluster, one or more; one per element of `sums`.
  /// - Returns: `nil` for fewer than two clusters, a sum that is not finite, or a count below one. Clusters whose means
  ///   are all equal give an interval of width zero.
  public func ratioInterval(sums: [Double], counts: [Int]) -> ClosedRange<Double>? {
    guard sums.count > 1, counts.count == sums.count, sums.allSatisfy(\.isFinite),
      counts.allSatisfy({ $0 > 0 })
    else { return nil }
    // As floating-point numbers, counts cannot overflow when they are summed.
    let sizes = counts.map { Double($0) }
    let own = zip(sums, sizes).map { $0 / $1 }
    guard own.contains(where: { $0 != own[0] }) else { return own[0]...own[0] }
    let mean = sums.reduce(0, +) / sizes.reduce(0, +)
    let means = resampledMeans(sums, sizes)
    let bias = biasCorrection(means: means, observed: mean)
    let acceleration =
      counts.allSatisfy { $0 == counts[0] }
      ? acceleration(own, mean: mean) : acceleration(sums, sizes)
    let tail = NormalDistribution.quantile((1 - level) / 2)
    let low = adjusted(tail, bias: bias, acceleration: acceleration)
    let high = adjusted(-tail, bias: bias, acceleration: acceleration)
    let a = percentile(means, low)
    let b = percentile(means, high)
    return min(a, b)...max(a, b)
  }

  /// Means of the items of `resamples` draws of clusters with replacement, ascending.
  private func resampledMeans(_ sums: [Double], _ sizes: [Double]) -> [Double] {
    var generator = SplitMix64(seed: seed)
    var means: [Double] = []
    means.reserveCapacity(resamples)
    for _ in 0..<resamples {
      var sum = 0.0
      var size = 0.0
      for _ in 0..<sums.count {
        let cluster = Int.random(in: 0..<sums.count, using: &generator)
        sum += sums[cluster]
        size += sizes[cluster]
      }
      means.append(sum / size)
    }
    return means.sorted()
  }

  /// z0: how far the observed mean lies from the median of the resampled ones. Ties count half.
  private func biasCorrection(means: [Double], observed: Double) -> Double {
    var below = 0.0
    for mean in means {
      if mean < observed { below += 1 } else if mean == observed { below += 0.5 }
    }
    let count = Double(means.count)
    let share = min(max(below / count, 0.5 / count), 1 - 0.5 / count)
    return NormalDistribution.quantile(share)
  }

  /// a, of clusters that differ in size: each is left out once, and the mean of the items of the others taken.
  private func acceleration(_ sums: [Double], _ sizes: [Double]) -> Double {
    let sum = sums.reduce(0, +)
    let size = sizes.reduce(0, +)
    let left = zip(sums, sizes).map { (sum - $0) / (size - $1) }
    // Leaving out a cluster with a high mean gives a low mean, hence the sign.
    return -acceleration(left, mean: left.reduce(0, +) / Double(left.count))
  }

  /// a: a sixth of the skewness of the jackknifed means. For a mean the jackknife has a closed form.
  private func acceleration(_ values: [Double], mean: Double) -> Double {
    var squares = 0.0
    var cubes = 0.0
    for value in values {
      let distance = value - mean
      squares += distance * distance
      cubes += distance * distance * distance
    }
    return squares > 0 ? cubes / (6 * squares * squares.squareRoot()) : 0
  }

  private func adjusted(_ z: Double, bias: Double, acceleration: Double) -> Double {
    let shifted = bias + z
    let denominator = 1 - acceleration * shifted
    guard denominator > 0 else { return z < 0 ? 0 : 1 }
    return NormalDistribution.cumulative(bias + shifted / denominator)
  }

  /// Linear interpolation between the order statistics.
  private func percentile(_ sorted: [Double], _ share: Double) -> Double {
    let position = min(max(share, 0), 1) * Double(sorted.count - 1)
    let lower = Int(position)
    let upper = min(lower + 1, sorted.count - 1)
    return sorted[lower] + (sorted[upper] - sorted[lower]) * (position - Double(lower))
  }
}

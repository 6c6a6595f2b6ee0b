import Tensors

/// A confidence interval for a mean, from resampling the items.
///
/// The interval is BCa (bias-corrected and accelerated; Efron 1987, "Better bootstrap confidence
/// intervals", equations 2.3 and 6.6): percentiles of the resampled means, shifted for the median
/// bias of the resamples and for the skewness of the items. It respects skewed differences, which
/// plain percentiles do not, and needs no distribution to be assumed.
public struct Bootstrap: Sendable, Equatable {
  /// How many times the items are resampled.
  public var resamples: Int
  /// Same seed, same interval.
  public var seed: UInt64
  /// Probability mass inside the interval.
  public var level: Double

  /// A 95 % interval from 4000 resamples unless told otherwise.
  public init(resamples: Int = 4000, seed: UInt64 = 20_260_821, level: Double = 0.95) {
    self.resamples = max(2, resamples)
    self.seed = seed
    self.level = min(max(level, 0.5), 0.999)
  }

  /// The interval for the mean of `values`; `nil` for fewer than two values.
  ///
  /// Values that are all equal give an interval of width zero.
  public func meanInterval(_ values: [Double]) -> ClosedRange<Double>? {
    guard values.count > 1, values.allSatisfy(\.isFinite) else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    guard values.contains(where: { $0 != values[0] }) else { return values[0]...values[0] }
    let means = resampledMeans(values)
    let bias = biasCorrection(means: means, observed: mean)
    let acceleration = acceleration(values, mean: mean)
    let tail = NormalDistribution.quantile((1 - level) / 2)
    let low = adjusted(tail, bias: bias, acceleration: acceleration)
    let high = adjusted(-tail, bias: bias, acceleration: acceleration)
    let a = percentile(means, low)
    let b = percentile(means, high)
    return min(a, b)...max(a, b)
  }

  /// Means of `resamples` draws with replacement, ascending.
  private func resampledMeans(_ values: [Double]) -> [Double] {
    var generator = SplitMix64(seed: seed)
    var means: [Double] = []
    means.reserveCapacity(resamples)
    for _ in 0..<resamples {
      var sum = 0.0
      for _ in 0..<values.count {
        sum += values[Int.random(in: 0..<values.count, using: &generator)]
      }
      means.append(sum / Double(values.count))
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

import Foundation

/// The standard normal distribution, as far as a bootstrap interval needs it.
public enum NormalDistribution {
  /// Probability of a value below `z`.
  public static func cumulative(_ z: Double) -> Double {
    0.5 * erfc(-z / 2.0.squareRoot())
  }

  /// The value below which a draw falls with probability `p`, 0 < p < 1.
  ///
  /// Acklam's rational approximation, sharpened by one step of Halley's method to full precision.
  public static func quantile(_ p: Double) -> Double {
    guard p > 0 else { return -.infinity }
    guard p < 1 else { return .infinity }
    // Near 1 floating-point numbers cannot distinguish the values of the distribution; near 0 they can.
    guard p <= 0.5 else { return -quantile(1 - p) }
    let estimate = rationalQuantile(p)
    let error = cumulative(estimate) - p
    let step = error * (2 * Double.pi).squareRoot() * exp(estimate * estimate / 2)
    return estimate - step / (1 + estimate * step / 2)
  }

  private static func rationalQuantile(_ p: Double) -> Double {
    let low = 0.02425
    if p < low { return tail((-2 * log(p)).squareRoot()) }
    if p > 1 - low { return -tail((-2 * log(1 - p)).squareRoot()) }
    let q = p - 0.5
    let r = q * q
    let numerator = polynomial(
      [
        -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.3577518672690,
        -30.66479806614716, 2.506628277459239,
      ], at: r)
    let denominator = polynomial(
      [
        -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972,
        -13.28068155288572, 1,
      ], at: r)
    return numerator * q / denominator
  }

  private static func tail(_ q: Double) -> Double {
    let numerator = polynomial(
      [
        -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734,
        4.374664141464968, 2.938163982698783,
      ], at: q)
    let denominator = polynomial(
      [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1], at: q)
    return numerator / denominator
  }

  /// Horner's rule, highest power first.
  private static func polynomial(_ coefficients: [Double], at x: Double) -> Double {
    coefficients.reduce(0) { $0 * x + $1 }
  }
}

import ModelFiles

/// The difference between two arms on the same items.
///
/// `mean` is arm minus baseline, item by item. `wins` and `losses` take the metric's direction into
/// account: a win is an item on which the arm is better.
///
/// Interval and test need units that are independent of each other. Questions of one episode share the told text, so
/// they are not: a memory that was lucky with an episode is right on many of its questions. An episode is then one
/// unit, a cluster of items, however many questions it has; treating its items as independent would make chance look
/// like an effect (Field and Welsh 2007, "Bootstrapping clustered data").
public struct PairedDifference: Sendable, Equatable {
  /// Mean of (arm - baseline) over the items both arms have.
  public var mean: Double
  /// 95 % interval of the mean (BCa bootstrap over units); `nil` for fewer than two units.
  public var interval: ClosedRange<Double>?
  /// Items on which the arm is better.
  public var wins: Int
  /// Items on which the arm is worse.
  public var losses: Int
  /// Items without a difference.
  public var ties: Int
  /// Independent units among the items both arms have: clusters, and items without one.
  public var units: Int
  /// Two-sided p of no difference (`PermutationTest`, the signs of a unit's items changed together); `nil` for fewer than
  /// two units, and in files of earlier versions.
  public var p: Double?

  /// Compares `arm` with `baseline`, which hold the same items in the same order.
  ///
  /// Items that are `nil` in either arm are left out. Returns `nil` when none is left.
  ///
  /// - Parameters:
  ///   - bootstrap: the method for the interval; the test uses the same seed.
  ///   - clusters: the cluster of each item, such as its episode, in the same order; an item without one is independent
  ///     of all others. `nil` when all items are.
  public init?(
    arm: [Double?], baseline: [Double?], direction: Metric.Direction,
    bootstrap: Bootstrap = Bootstrap(), clusters: [String?]? = nil
  ) {
    var differences: [Double] = []
    var units = Units()
    for (index, pair) in zip(arm, baseline).enumerated() {
      guard let a = pair.0, let b = pair.1, a.isFinite, b.isFinite else { continue }
      differences.append(a - b)
      units.add(a - b, to: clusters.flatMap { index < $0.count ? $0[index] : nil })
    }
    guard !differences.isEmpty else { return nil }
    mean = differences.reduce(0, +) / Double(differences.count)
    let sums = units.sums
    interval = bootstrap.ratioInterval(sums: sums, counts: units.counts)
    p = PermutationTest(seed: bootstrap.seed).pValue(sums)
    self.units = sums.count
    let positive = differences.count { $0 > 0 }
    let negative = differences.count { $0 < 0 }
    wins = direction == .higherIsBetter ? positive : negative
    losses = direction == .higherIsBetter ? negative : positive
    ties = differences.count - positive - negative
  }

  /// The significance level of p.
  public static let level = 0.05

  /// Whether the interval lies on one side of zero and p is below 0.05.
  ///
  /// The interval alone would not suffice: a BCa interval of few units is too narrow, and two units that agree give one
  /// of no width. The test is valid for any number; with five units or fewer it is never significant.
  public var isDecided: Bool {
    guard let interval, let p else { return false }
    return (interval.lowerBound > 0 || interval.upperBound < 0) && p < Self.level
  }

  /// Differences summed over independent units, in the order of first occurrence: results must not depend on the order
  /// of a dictionary.
  private struct Units {
    private(set) var counts: [Int] = []
    private var totals: [Double] = []
    private var sizes: [Double] = []
    private var places: [ByteString: Int] = [:]

    mutating func add(_ difference: Double, to cluster: String?) {
      if let cluster, let place = places[cluster] {
        totals[place] += difference
        sizes[place] += difference.magnitude
        counts[place] += 1
        return
      }
      if let cluster { places[cluster] = totals.count }
      totals.append(difference)
      sizes.append(difference.magnitude)
      counts.append(1)
    }

    /// One sum per unit. Sums that cancel except for rounding are set to zero: otherwise rounding would give equal
    /// units a common sign.
    var sums: [Double] {
      zip(totals, sizes).map { $0.magnitude <= 1e-12 * $1 ? 0 : $0 }
    }
  }
}

extension PairedDifference: Codable {
  private enum CodingKeys: String, CodingKey {
    case mean, ci95, wins, losses, ties, units, p
  }

  /// Reads the form `encode(to:)` writes, or that without `p` and `units` of earlier versions, whose units were the items;
  /// bounds in the wrong order, a negative number of units and a p outside of 0 to 1 are errors.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    mean = try container.decode(Double.self, forKey: .mean)
    wins = try container.decode(Int.self, forKey: .wins)
    losses = try container.decode(Int.self, forKey: .losses)
    ties = try container.decode(Int.self, forKey: .ties)
    // A sum of counts from a file may overflow.
    units =
      try container.decodeIfPresent(Int.self, forKey: .units)
      ?? [losses, ties].reduce(wins) { $0.addingReportingOverflow($1).partialValue }
    guard units >= 0 else {
      throw DecodingError.dataCorruptedError(
        forKey: .units, in: container, debugDescription: "a number of units is not negative")
    }
    p = try container.decodeIfPresent(Double.self, forKey: .p)
    guard p.map({ (0...1).contains($0) }) != false else {
      throw DecodingError.dataCorruptedError(
        forKey: .p, in: container, debugDescription: "a probability is a number from 0 to 1")
    }
    let bounds = try container.decodeIfPresent([Double].self, forKey: .ci95)
    guard let bounds else { return }
    guard bounds.count == 2, bounds[0] <= bounds[1] else {
      throw DecodingError.dataCorruptedError(
        forKey: .ci95, in: container, debugDescription: "an interval is two ascending numbers")
    }
    interval = bounds[0]...bounds[1]
  }

  /// Writes `mean`, `ci95` as two numbers (null for a single unit), `wins`, `losses`, `ties`, `units`, `p` (null for a single
  /// unit).
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(mean, forKey: .mean)
    try container.encode(interval.map { [$0.lowerBound, $0.upperBound] }, forKey: .ci95)
    try container.encode(wins, forKey: .wins)
    try container.encode(losses, forKey: .losses)
    try container.encode(ties, forKey: .ties)
    try container.encode(units, forKey: .units)
    try container.encode(p, forKey: .p)
  }
}

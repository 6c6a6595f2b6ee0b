/// What changed between two arms that did the same items.
///
/// `mean` is arm minus baseline, item by item. `wins` and `losses` take the metric's direction into
/// account: a win is an item on which the arm is better.
public struct PairedDifference: Sendable, Equatable {
  /// Mean of (arm - baseline) over the items both arms have.
  public var mean: Double
  /// 95 % interval of the mean (BCa bootstrap over items); `nil` for fewer than two items.
  public var interval: ClosedRange<Double>?
  /// Items on which the arm is better.
  public var wins: Int
  /// Items on which the arm is worse.
  public var losses: Int
  /// Items without a difference.
  public var ties: Int
  /// Two-sided p of no difference (`PermutationTest`); `nil` for fewer than two items, and in files of earlier versions.
  public var p: Double?

  /// Compares `arm` with `baseline`, which hold the same items in the same order.
  ///
  /// Items that are `nil` in either arm are left out. Returns `nil` when none is left.
  public init?(
    arm: [Double?], baseline: [Double?], direction: Metric.Direction,
    bootstrap: Bootstrap = Bootstrap()
  ) {
    let differences = zip(arm, baseline).compactMap { pair -> Double? in
      guard let a = pair.0, let b = pair.1, a.isFinite, b.isFinite else { return nil }
      return a - b
    }
    guard !differences.isEmpty else { return nil }
    mean = differences.reduce(0, +) / Double(differences.count)
    interval = bootstrap.meanInterval(differences)
    p = PermutationTest(seed: bootstrap.seed).pValue(differences)
    let positive = differences.count { $0 > 0 }
    let negative = differences.count { $0 < 0 }
    wins = direction == .higherIsBetter ? positive : negative
    losses = direction == .higherIsBetter ? negative : positive
    ties = differences.count - positive - negative
  }

  /// Below this p a difference is not taken for chance.
  public static let level = 0.05

  /// Whether the interval lies on one side of zero and p is below 0.05.
  ///
  /// The interval alone would not do: a BCa interval of few items is too narrow, and two items that agree give one of no
  /// width. The test holds for any number; with five items or fewer it decides nothing.
  public var isDecided: Bool {
    guard let interval, let p else { return false }
    return (interval.lowerBound > 0 || interval.upperBound < 0) && p < Self.level
  }
}

extension PairedDifference: Codable {
  private enum CodingKeys: String, CodingKey {
    case mean, ci95, wins, losses, ties, p
  }

  /// Reads the form `encode(to:)` writes, or that without `p` of earlier versions; bounds in the wrong order and a p outside
  /// of 0 to 1 are errors.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    mean = try container.decode(Double.self, forKey: .mean)
    wins = try container.decode(Int.self, forKey: .wins)
    losses = try container.decode(Int.self, forKey: .losses)
    ties = try container.decode(Int.self, forKey: .ties)
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

  /// Writes `mean`, `ci95` as two numbers (null for a single item), `wins`, `losses`, `ties`, `p` (null for a single item).
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(mean, forKey: .mean)
    try container.encode(interval.map { [$0.lowerBound, $0.upperBound] }, forKey: .ci95)
    try container.encode(wins, forKey: .wins)
    try container.encode(losses, forKey: .losses)
    try container.encode(ties, forKey: .ties)
    try container.encode(p, forKey: .p)
  }
}

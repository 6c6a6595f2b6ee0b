/// The pooled results of a run, over the items of all suites.
public struct PooledFigures: Sendable, Equatable, Encodable {
  /// Mean of each metric by arm, over the items of all suites that have the metric.
  public var arms: [String: [Metric: Double]]
  /// Items of all suites.
  public var items: Int
  /// The first memory under test against the plain model.
  public var delta: [Metric: PairedDifference]
  /// The same memory against each control, by its name.
  public var controls: [String: [Metric: PairedDifference]]
}

extension EvaluationResults {
  /// The figures of every suite, in order, verdicts corrected for their number (`SuiteFigures.corrected`).
  ///
  /// Intervals are resampled at every call, so keep the returned value.
  public var figures: [SuiteFigures] {
    SuiteFigures.corrected(
      suites.map { SuiteFigures(of: $0, settings: settings) }, baseline: plainArm)
  }

  /// The figures over all suites. An item counts once, whichever suite it is of; as in `ABReport` a token counts once
  /// where all items are windows of texts. The unit of intervals and tests is the episode of a suite.
  public var pooled: PooledFigures {
    let names = settings.arms.map(\.name)
    let memory = settings.arms.first { $0.role == .memory }?.name
    let controls = settings.arms.filter { $0.role != .memory && $0.role != .detached }.map(\.name)
    var pooled = PooledFigures(
      arms: Dictionary(names.map { ($0, [:]) }) { first, _ in first },
      items: suites.reduce(0) { $0 + $1.items.count }, delta: [:], controls: [:])
    for metric in Metric.allCases {
      let measured = suites.filter { $0.metrics.contains(metric) }
      let items = measured.flatMap(\.items)
      // Episodes of two suites may have the same name.
      let clusters = measured.enumerated().flatMap { number, suite in
        suite.items.map { item in item.episode.map { "\(number) \($0)" } }
      }
      guard !items.isEmpty else { continue }
      let means = SuiteFigures.means(items, metrics: [metric], arms: names)
      for (arm, row) in means { pooled.arms[arm]?[metric] = row[metric] }
      guard let memory else { continue }
      func difference(to baseline: String) -> PairedDifference? {
        PairedDifference(
          arm: items.map { $0.arms[memory]?[metric] },
          baseline: items.map { $0.arms[baseline]?[metric] }, direction: metric.direction,
          bootstrap: Bootstrap(seed: settings.seed), clusters: clusters)
      }
      pooled.delta[metric] = difference(to: plainArm)
      for control in controls {
        guard let found = difference(to: control) else { continue }
        pooled.controls[control, default: [:]][metric] = found
      }
    }
    return pooled
  }

  private var plainArm: String {
    settings.arms.first { $0.role == .detached }?.name ?? ABReport.detached
  }
}

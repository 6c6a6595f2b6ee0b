package import Mneme

/// An A/B report as a table for people.
package enum ABTable {
  /// Arms and their metrics, then the differences with their intervals.
  package static func lines(_ report: ABReport) -> [String] {
    var arms = TextTable(["arm"] + report.metrics.map(\.rawValue))
    for arm in report.arms {
      arms.add([arm] + report.metrics.map { figure($0, report.mean($0, arm: arm)) })
    }
    var differences = TextTable(
      ["difference", "metric", "mean", "95 % interval", "wins", "losses", "ties", ""],
      alignments: [.left, .left, .right, .right, .right, .right, .right, .left])
    for arm in report.arms.dropFirst() {
      for metric in report.metrics {
        guard let delta = report.difference(metric, against: arm) else { continue }
        differences.add([
          "\(report.arms[0]) - \(arm)", metric.rawValue, Figures.signed(delta.mean),
          interval(delta), Figures.count(delta.wins), Figures.count(delta.losses),
          Figures.count(delta.ties), verdict(delta, metric),
        ])
      }
    }
    let unit = report.items.first?.prompt == nil ? "window" : "item"
    return arms.lines + [""] + differences.lines + [
      "",
      "\(Figures.plural(report.items.count, unit)); intervals: BCa bootstrap, "
        + "\(report.bootstrap.resamples) resamples. A negative nll favours memory.",
    ]
  }

  private static func figure(_ metric: Metric, _ value: Double?) -> String {
    Figures.decimal(value, metric == .perplexity ? 2 : 3)
  }

  private static func interval(_ delta: PairedDifference) -> String {
    guard let interval = delta.interval else { return "-" }
    return "[\(Figures.signed(interval.lowerBound)), \(Figures.signed(interval.upperBound))]"
  }

  /// What the interval allows to say, and no more.
  private static func verdict(_ delta: PairedDifference, _ metric: Metric) -> String {
    guard delta.isDecided else { return "undecided" }
    let isBetter = (delta.mean > 0) == (metric.direction == .higherIsBetter)
    return isBetter ? "better" : "worse"
  }
}

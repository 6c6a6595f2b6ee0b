import Mneme

extension SuiteFigures.Comparison.Verdict {
  /// The verdict on a difference: `undecided` unless interval and test agree.
  public init(_ difference: PairedDifference, metric: Metric) {
    guard difference.isDecided else {
      self = .undecided
      return
    }
    let isBetter = (difference.mean > 0) == (metric.direction == .higherIsBetter)
    self = isBetter ? .better : .worse
  }
}

extension SuiteFigures {
  /// The figures of a whole run, its main verdicts corrected for their number (Holm 1979).
  ///
  /// A run makes many comparisons, of which one in twenty would be significant by chance. For each memory under test
  /// the deciding comparisons are corrected together: in every suite the comparison with the plain model by the suite's
  /// first metric that can be compared item by item. One whose adjusted p is not below 0.05 becomes `undecided`: for a
  /// memory without any effect, at most one run in twenty has a verdict, whatever other memories the run compares.
  /// Verdicts by further metrics and against controls are descriptive and not corrected; p-values are never changed.
  ///
  /// - Parameters:
  ///   - all: the figures of every suite of the run.
  ///   - baseline: name of the arm without memory.
  public static func corrected(
    _ all: [SuiteFigures], baseline: String = ABReport.detached
  ) -> [SuiteFigures] {
    var families: [String: [(suite: Int, comparison: Int, p: Double)]] = [:]
    for (suite, figures) in all.enumerated() {
      for index in figures.deciding(against: baseline) {
        let comparison = figures.comparisons[index]
        guard let p = comparison.difference.p else { continue }
        families[comparison.arm, default: []].append((suite, index, p))
      }
    }
    var result = all
    for family in families.values {
      for (member, p) in zip(family, Holm.adjusted(family.map(\.p)))
      where p >= PairedDifference.level {
        result[member.suite].comparisons[member.comparison].verdict = .undecided
      }
    }
    return result
  }

  /// Places of the comparisons that decide about each memory under test.
  private func deciding(against baseline: String) -> [Int] {
    let metric = comparisons.first { $0.baseline == baseline }?.metric
    return comparisons.indices.filter {
      comparisons[$0].baseline == baseline && comparisons[$0].metric == metric
    }
  }
}

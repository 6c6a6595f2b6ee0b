import Evaluation
import Foundation

extension ReportFixture {
  /// Figures of suites, the plain way.
  static func figures(_ results: EvaluationResults) -> [SuiteFigures] {
    results.suites.map { suite in
      var figures = SuiteFigures(
        name: suite.name, items: suite.items.count,
        arms: means(suite.items, suite), costs: suite.costs)
      figures.comparisons = comparisons(suite)
      var kinds: [String?] = []
      for item in suite.items where !kinds.contains(item.kind) { kinds.append(item.kind) }
      figures.kinds =
        kinds.count < 2
        ? []
        : kinds.map { kind in
          let items = suite.items.filter { $0.kind == kind }
          return SuiteFigures.Group(kind: kind, items: items.count, means: means(items, suite))
        }
      for kind in kinds {
        for depth in Set(suite.items.compactMap(\.depth)).sorted() {
          for length in Set(suite.items.compactMap(\.length)).sorted() {
            let items = suite.items.filter {
              $0.kind == kind && $0.depth == depth && $0.length == length
            }
            guard !items.isEmpty else { continue }
            figures.cells.append(
              SuiteFigures.Group(
                kind: kind, depth: depth, length: length, items: items.count,
                means: means(items, suite)))
          }
        }
      }
      for arm in suite.armNames where arm != "detached" {
        let pairs = suite.items.flatMap { item -> [(Double, Double)] in
          Array(zip(item.arms["detached"]?.tokenNLL ?? [], item.arms[arm]?.tokenNLL ?? []))
        }
        if !pairs.isEmpty { figures.answerEffects[arm] = effect(pairs) }
      }
      figures.texts = suite.texts.map { text($0, suite) }
      return figures
    }
  }

  private static func means(
    _ items: [ABReport.Item], _ suite: SuiteResults
  ) -> [String: [Metric: Double]] {
    let report = ABReport(arms: suite.armNames, metrics: suite.metrics, items: items)
    var result: [String: [Metric: Double]] = [:]
    for arm in suite.armNames {
      for metric in suite.metrics {
        if let mean = report.mean(metric, arm: arm) { result[arm, default: [:]][metric] = mean }
      }
    }
    return result
  }

  private static func comparisons(_ suite: SuiteResults) -> [SuiteFigures.Comparison] {
    let report = ABReport(arms: suite.armNames, metrics: suite.metrics, items: suite.items)
    var result: [SuiteFigures.Comparison] = []
    for arm in suite.armNames.filter({ ["neural", "episodic"].contains($0) }) {
      for baseline in suite.armNames.filter({ !["neural", "episodic"].contains($0) }) {
        for metric in suite.metrics {
          guard let difference = report.difference(metric, of: arm, against: baseline) else {
            continue
          }
          let isUp = (difference.mean > 0) == (metric.direction == .higherIsBetter)
          result.append(
            SuiteFigures.Comparison(
              arm: arm, baseline: baseline, metric: metric, difference: difference,
              verdict: !difference.isDecided ? .undecided : isUp ? .better : .worse))
        }
      }
    }
    return result
  }

  private static func effect(_ pairs: [(Double, Double)]) -> SuiteFigures.TokenEffect {
    let gains = pairs.map { $0.0 - $0.1 }
    let helped = gains.filter { $0 > 0.01 }
    let harmed = gains.filter { $0 < -0.01 }
    return SuiteFigures.TokenEffect(
      helped: helped.count, harmed: harmed.count,
      unchanged: gains.count - helped.count - harmed.count, helpNats: helped.reduce(0, +),
      harmNats: -harmed.reduce(0, +))
  }

  private static func text(_ result: TextResult, _ suite: SuiteResults) -> SuiteFigures.Text {
    let all = Array(result.pieces.indices)
    let positions = stride(from: 0, to: 3072, by: 256).compactMap { start in
      range(start, start + 256, all.filter { result.positions[$0] / 256 * 256 == start }, result)
    }
    let bounds = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
    let frequencies = zip(bounds, bounds.dropFirst()).compactMap { from, to in
      range(from, to, all.filter { (from..<to).contains(result.earlier[$0]) }, result)
    }
    var effects: [String: SuiteFigures.TokenEffect] = [:]
    for arm in suite.armNames where arm != "detached" {
      effects[arm] = effect(
        Array(zip(result.surprisal["detached"] ?? [], result.surprisal[arm] ?? [])))
    }
    return SuiteFigures.Text(
      id: result.id, title: result.title, tokens: all.count,
      nll: range(0, 1, all, result)?.nll ?? [:], positions: positions, frequencies: frequencies,
      effects: effects)
  }

  private static func range(
    _ from: Int, _ to: Int, _ tokens: [Int], _ result: TextResult
  ) -> SuiteFigures.Range? {
    guard !tokens.isEmpty else { return nil }
    return SuiteFigures.Range(
      from: from, to: to, tokens: tokens.count,
      nll: result.surprisal.mapValues { values in
        tokens.reduce(0) { $0 + values[$1] } / Double(tokens.count)
      })
  }
}

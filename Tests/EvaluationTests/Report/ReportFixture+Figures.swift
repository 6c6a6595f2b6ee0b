import MnemeEvaluation

extension ReportFixture {
  /// Figures of suites, as a run gives them.
  static func figures(_ results: EvaluationResults) -> [SuiteFigures] {
    SuiteFigures.corrected(
      results.suites.map { SuiteFigures(of: $0, settings: results.settings) })
  }
}

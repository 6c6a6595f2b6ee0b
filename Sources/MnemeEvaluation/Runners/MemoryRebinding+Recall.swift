public import Mneme
import ModelFiles

extension MemoryRebinding {
  /// Reads everything again and saves; recall is measured before and after.
  ///
  /// - Throws: as `run(measuring:_:)`.
  public func run(
    _ progress: @escaping @Sendable (Double, String) -> Void = { _, _ in }
  ) throws -> Report {
    let passphrase = passphrase
    return try run(
      measuring: { model, path, statements, progress in
        var options = GenerationOptions.greedy
        options.maximumResponseTokens = 24
        let report = try MemoryComparison(
          model: model, memories: [path], raw: true, options: options,
          passphrases: passphrase.map { [ByteString(path): $0] } ?? [:]
        ).run(
          items: statements.map { EvaluationItem(prompt: $0.beginning, answers: [$0.end]) },
          source: path, progress: progress)
        func mean(_ metric: Metric, _ arm: String) -> Double { report.mean(metric, arm: arm) ?? 0 }
        return Recall(
          items: statements.count, detached_nll: mean(.nll, ABReport.detached),
          attached_nll: mean(.nll, ABReport.attached),
          detached: mean(.contains, ABReport.detached),
          attached: mean(.contains, ABReport.attached))
      }, progress)
  }
}

import Foundation
public import Memory
public import Mneme
public import ModelFiles
import Tokenization

/// Measures the effect of memory files on a user's own questions or text: attached, detached and in control arms.
///
/// A short form of `MemoryEvaluation`.
public struct MemoryComparison: Sendable {
  let evaluation: MemoryEvaluation
  let model: LanguageModel
  let raw: Bool
  let learns: Bool
  let limit: Int?

  /// A comparison.
  ///
  /// - Parameters:
  ///   - memories: the files under test, attached together.
  ///   - controls: other files, one arm each.
  ///   - fullContext: whether to add an arm without memory that has the contents of the memories' journals, as far as
  ///     they fit, and an item's `setup` in its context.
  ///   - raw: whether prompts are continued without a chat template.
  ///   - learns: whether the windows of a text are committed after scoring.
  ///   - limit: the largest number of tokens used of a text.
  ///   - options: how answers are generated; every arm begins each item from the same seed.
  ///   - passphrases: by path, of the files that are encrypted.
  public init(
    model: LanguageModel, contextLength: Int? = nil, memories: [String], controls: [String] = [],
    fullContext: Bool = false, raw: Bool = false, learns: Bool = false, limit: Int? = nil,
    options: GenerationOptions = .greedy, passphrases: [ByteString: Passphrase] = [:]
  ) {
    evaluation = MemoryEvaluation(
      model: model, contextLength: contextLength,
      memories: [.init(name: ABReport.attached, source: .files(memories))],
      controls: controls.map(ControlArm.file) + (fullContext ? [.fullContext] : []),
      options: options, passphrases: passphrases)
    self.model = model
    self.raw = raw
    self.learns = learns
    self.limit = limit
  }

  /// Compares answers to prompts. No file is changed.
  ///
  /// - Throws: `EvaluationError.nothingToMeasure`, `CancellationError`, what the model and the memories throw.
  public func run(
    items: [EvaluationItem], source: String, progress: (Double) -> Void = { _ in }
  ) throws -> ABReport {
    guard !items.isEmpty else {
      throw EvaluationError.nothingToMeasure(source: source, reason: "there is no item")
    }
    return try run(PromptsSuite(items, isRaw: raw), progress: progress)
  }

  /// Compares the surprisal of a text, block by block. No file is changed.
  ///
  /// - Throws: `EvaluationError.nothingToMeasure`, `CancellationError`, what the model and the memories throw.
  public func run(
    text: String, source: String, progress: (Double) -> Void = { _ in }
  ) throws -> ABReport {
    try run(
      OwnTextSuite(model.beginning(of: text, tokens: limit), label: source, learns: learns),
      progress: progress)
  }

  private func run(
    _ suite: some EvaluationSuite, progress: (Double) -> Void
  ) throws -> ABReport {
    let results = try evaluation.run(
      [PlannedSuite(suite, options: SuiteOptions())],
      settings: evaluation.settings(suites: [suite.name]), progress: { progress($0.share) })
    guard results.isComplete, let result = results.suites.first else { throw CancellationError() }
    return ABReport(arms: result.armNames, metrics: result.metrics, items: result.items)
  }
}

extension LanguageModel {
  /// The first tokens of a text, as text again.
  public func beginning(of text: String, tokens limit: Int?) -> String {
    guard let limit else { return text }
    let tokens = tokenizer.encode(text, addBOS: false, parseSpecial: false)
    return tokens.count <= limit ? text : tokenizer.decode(Array(tokens.prefix(limit)))
  }
}

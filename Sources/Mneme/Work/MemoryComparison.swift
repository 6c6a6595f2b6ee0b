public import Evaluation
import Foundation
public import Memory
import Tokenization
import Transformer

/// Measures what memories change: the same work attached, detached and in control arms.
public struct MemoryComparison: Sendable {
  let model: LanguageModel
  let contextLength: Int
  let memories: [String]
  let controls: [String]
  let fullContext: Bool
  let raw: Bool
  let learns: Bool
  let limit: Int?
  let options: GenerationOptions
  let passphrases: [String: Passphrase]

  /// A comparison.
  ///
  /// - Parameters:
  ///   - memories: the files under test, attached together.
  ///   - controls: other files, an arm each.
  ///   - fullContext: whether to add an arm without memory that has what the memories' journals hold,
  ///     as far as it fits, and an item's `setup` in its context.
  ///   - raw: whether prompts are continued as they stand.
  ///   - learns: whether the windows of a text are committed after scoring.
  ///   - limit: only so many tokens of a text.
  ///   - options: how answers are generated; every arm begins each item from the same seed.
  ///   - passphrases: by path, of the files that are encrypted.
  public init(
    model: LanguageModel, contextLength: Int? = nil, memories: [String], controls: [String] = [],
    fullContext: Bool = false, raw: Bool = false, learns: Bool = false, limit: Int? = nil,
    options: GenerationOptions = .greedy, passphrases: [String: Passphrase] = [:]
  ) {
    self.model = model
    self.contextLength = contextLength ?? model.contextLength
    self.memories = memories
    self.controls = controls
    self.fullContext = fullContext
    self.raw = raw
    self.learns = learns
    self.limit = limit
    self.options = options
    self.passphrases = passphrases
  }

  /// Compares answers to prompts. No file is changed.
  public func run(
    items: [EvaluationItem], source: String, progress: (Double) -> Void = { _ in }
  ) throws -> ABReport {
    guard !items.isEmpty else {
      throw EvaluationError.nothingToMeasure(source: source, reason: "there is no item")
    }
    let runner = PromptRunner(
      tokenizer: model.tokenizer, template: model.template, stop: model.stopTokens,
      sampling: options.sampling, maximumTokens: options.maximumResponseTokens, raw: raw)
    var outcomes: [[ABReport.Outcome]] = []
    let arms = try makeArms(learnsSetup: items.contains { !$0.setup.isEmpty })
    for (number, arm) in arms.enumerated() {
      outcomes.append(
        try runner.run(items, arm: arm) {
          progress((Double(number) + $0) / Double(arms.count))
        })
    }
    let rows = items.indices.map { index in
      ABReport.Item(
        prompt: items[index].prompt, answers: items[index].answers, kind: items[index].kind,
        arms: Dictionary(
          uniqueKeysWithValues: zip(arms.map(\.name), outcomes.map { $0[index] })))
    }
    return ABReport(
      arms: arms.map(\.name), metrics: [.exactMatch, .contains, .nll], items: rows)
  }

  /// Compares the surprisal of a text, window by window. No file is changed.
  public func run(
    text: String, source: String, progress: (Double) -> Void = { _ in }
  ) throws -> ABReport {
    let tokens = model.tokenizer.encode(text, addBOS: false, parseSpecial: false)
    let arms = try makeArms(learnsSetup: false)
    var reports: [PerplexityReport] = []
    for (number, arm) in arms.enumerated() {
      let provenance = Provenance(
        conversation: UUID().uuidString, turn: 0, role: .document, source: source,
        time: Date().timeIntervalSince1970)
      reports.append(
        try Perplexity.measure(
          tokens, session: arm.session, tokenizer: model.tokenizer, provenance: provenance,
          options: .init(window: contextLength, learns: learns, limit: limit)
        ) { progress((Double(number) + $0) / Double(arms.count)) })
    }
    let count = reports.map(\.windows.count).min() ?? 0
    let rows = (0..<count).map { index in
      var outcomes: [String: ABReport.Outcome] = [:]
      for (arm, report) in zip(arms, reports) {
        let window = report.windows[index]
        outcomes[arm.name] = ABReport.Outcome(nll: window.nll, tokens: window.tokens)
      }
      return ABReport.Item(prompt: nil, answers: nil, kind: nil, arms: outcomes)
    }
    return ABReport(arms: arms.map(\.name), metrics: [.nll, .perplexity], items: rows)
  }

  /// - Parameter learnsSetup: whether the memories under test are told something first; otherwise they are only read.
  private func makeArms(learnsSetup: Bool) throws -> [ComparisonArm] {
    var arms = [
      try arm(ABReport.attached, memories, learnsSetup: learnsSetup),
      try arm(ABReport.detached, [], learnsSetup: false),
    ]
    for (index, path) in controls.enumerated() {
      let name = index == 0 ? ABReport.wrongMemory : "\(ABReport.wrongMemory)-\(index + 1)"
      arms.append(try arm(name, [path], learnsSetup: false))
    }
    if fullContext {
      var own = try arm(ABReport.fullContext, [], learnsSetup: false)
      own.readsSetup = true
      own.told = try memories.flatMap {
        try told(model.loadMemory($0, readOnly: true, passphrase: passphrases[$0]))
      }
      arms.append(own)
    }
    return arms
  }

  /// What a memory was told, statement by statement, from its journal.
  private func told(_ memory: DetachableMemory) -> [String] {
    guard let journal = memory.journal else { return [] }
    var statements: [(source: Int32, tokens: [Int32])] = []
    for (token, source) in zip(journal.tokens, journal.sourceIndices) {
      if statements.last?.source == source {
        statements[statements.count - 1].tokens.append(token)
      } else {
        statements.append((source, [token]))
      }
    }
    return statements.map { model.tokenizer.decode($0.tokens) }
  }

  private func arm(
    _ name: String, _ paths: [String], learnsSetup: Bool
  ) throws -> ComparisonArm {
    let session = TransformerSession(model: model.transformer, contextLength: contextLength)
    let attached = try paths.map {
      try model.loadMemory(
        $0, readOnly: !learnsSetup && !learns, passphrase: passphrases[$0]
      )
      .attach(to: session, readOnly: !learnsSetup && !learns)
    }
    return ComparisonArm(
      name: name, session: session, memories: attached, learnsSetup: learnsSetup)
  }
}

import Foundation
import Generation
public import Memory
import MemoryModules
import ModelFiles
import Tokenization
import Transformer

/// Moves a memory to another model: that model reads everything in the journal again.
///
/// Keys, hidden states and weights mean nothing to another model, but the text that was read does. If both models have
/// the same tokenizer the journal's tokens are read unchanged; otherwise the old model's tokenizer decodes them to
/// text, which the new model's template and tokenizer encode again.
public struct MemoryRebinding: Sendable {
  /// How well a memory helps its model to complete the statements it learned.
  public struct Recall: Sendable, Equatable, Codable {
    /// Statements whose endings were predicted.
    public var items: Int
    /// Mean nats per token of the endings, without memory.
    public var detached_nll: Double
    /// The same with the memory.
    public var attached_nll: Double
    /// Share of endings that were generated verbatim, without memory.
    public var detached: Double
    /// The same with the memory.
    public var attached: Double

    /// A recall from its parts.
    public init(
      items: Int, detached_nll: Double, attached_nll: Double, detached: Double, attached: Double
    ) {
      self.items = items
      self.detached_nll = detached_nll
      self.attached_nll = attached_nll
      self.detached = detached
      self.attached = attached
    }
  }

  /// A statement that was told, cut in two.
  public struct UnfinishedStatement: Sendable, Equatable {
    /// How it begins.
    public var beginning: String
    /// How it ends, without punctuation.
    public var end: String
  }

  /// Measures how a memory file helps a model to finish statements; nil when it cannot be said.
  ///
  /// Called with the model, the file, the statements, and what wants to know the share that is done.
  public typealias RecallMeasurement =
    @Sendable (LanguageModel, String, [UnfinishedStatement], (Double) -> Void) throws -> Recall?

  /// What was done.
  public struct Report: Sendable, Equatable, Codable {
    /// Commits that were read again.
    public var commits: Int
    /// Tokens that passed through the new model.
    public var tokens: Int
    /// Whether the text was tokenised again.
    public var retokenized: Bool
    /// Before the rebinding; nil when the old model was not given.
    public var before: Recall?
    /// After.
    public var after: Recall?
  }

  let model: LanguageModel
  let old: LanguageModel?
  let path: String
  let target: String
  let adapter: String?
  public let passphrase: Passphrase?
  /// Statements with which recall is measured.
  private static let probes = 40

  /// A rebinding of the memory file at `path`.
  ///
  /// - Parameters:
  ///   - model: the new model.
  ///   - old: the old model; needed when the tokenizers differ, and to measure recall before.
  ///   - path: the memory file.
  ///   - target: the file to write.
  ///   - adapter: slow weights for the new model; those beside it when nil.
  ///   - passphrase: of an encrypted file.
  public init(
    model: LanguageModel, old: LanguageModel? = nil, path: String, target: String,
    adapter: String? = nil, passphrase: Passphrase? = nil
  ) {
    self.model = model
    self.old = old
    self.path = path
    self.target = target
    self.adapter = adapter
    self.passphrase = passphrase
  }

  /// Reads everything again and saves.
  ///
  /// - Parameters:
  ///   - measure: measures recall before and after; nil leaves it out (`MnemeEvaluation` has one).
  ///   - progress: called with the share that is done.
  /// - Throws: `MemoryError.noReplay`, `.wrongModel` when `old` is not the model it was made with, `.unknownTokens` when the
  ///   tokenizers differ and `old` is not given; what reading and saving throw.
  public func run(
    measuring measure: RecallMeasurement?,
    _ progress: @escaping @Sendable (Double, String) -> Void = { _, _ in }
  ) throws -> Report {
    let history = try DetachableMemory.history(path, passphrase: passphrase)
    guard history.isReplayable else {
      throw MemoryError.noReplay(
        name: DetachableMemory.name(of: path), hint: "teach the new model again with 'mneme learn'")
    }
    if let old {
      let found = ModelIdentity(of: old.transformer)
      guard history.identity?.isSame(as: found) ?? (history.fingerprint == found.fingerprint) else {
        throw MemoryError.wrongModel(
          path: path, memory: history.fingerprint.short, model: found.fingerprint.short)
      }
    }
    let identity = ModelIdentity(of: model.transformer)
    let isSame =
      history.fingerprint == identity.fingerprint
      || history.identity?.tokenizer == identity.tokenizer
    guard isSame || old != nil else { throw MemoryError.unknownTokens(path: path) }
    let tokenizer = isSame ? model.tokenizer : old?.tokenizer ?? model.tokenizer
    let items = Self.probes(history, tokenizer)
    let before = try measureBefore(items, measure) { progress(0.15 * $0, "Measuring") }
    let memory = try model.createMemory(
      history.kinds, adapter: adapter, name: DetachableMemory.name(of: target),
      progress: { progress(0.15 + 0.05 * $0, $1) })
    if let passphrase { try memory.seal(with: passphrase) }
    let advance: (Double) throws -> Void = { share in
      try Task.checkCancellation()
      progress(0.2 + 0.65 * share, "Reading")
    }
    let tokens =
      isSame
      ? try memory.relive(history, progress: advance)
      : try retell(history, to: memory, in: tokenizer, progress: advance)
    try memory.save(to: target)
    let after =
      items.isEmpty
      ? nil : try measure?(model, target, items) { progress(0.85 + 0.15 * $0, "Measuring") }
    return Report(
      commits: memory.journal?.recordCount ?? 0, tokens: tokens, retokenized: !isSame,
      before: before, after: after)
  }

  // MARK: - Measuring

  /// Statements and their endings.
  private static func probes(
    _ history: MemoryHistory, _ tokenizer: any Tokenizer
  ) -> [UnfinishedStatement] {
    var items: [UnfinishedStatement] = []
    for telling in history.tellings {
      for words in telling.own where words.isLearnable {
        let text = tokenizer.decode(words.tokens).trimmingCharacters(in: .whitespacesAndNewlines)
        let parts = text.split(separator: " ")
        guard parts.count >= 4 else { continue }
        let start = parts.prefix(24)
        let cut = max(2, start.count * 3 / 4)
        let end = start[cut...].joined(separator: " ")
        items.append(
          UnfinishedStatement(
            beginning: start[..<cut].joined(separator: " "),
            end: end.trimmingCharacters(in: CharacterSet(charactersIn: ".!,;"))))
      }
    }
    items.removeAll { $0.end.isEmpty }
    let step = max(1, items.count / probes)
    return Array(items.enumerated().filter { $0.offset % step == 0 }.map(\.element).prefix(probes))
  }

  private func measureBefore(
    _ items: [UnfinishedStatement], _ measure: RecallMeasurement?, progress: (Double) -> Void
  ) throws -> Recall? {
    guard let measure, !items.isEmpty else { return nil }
    if let old { return try measure(old, path, items, progress) }
    // Kin can read it as it is.
    do {
      _ = try model.loadMemory(path, readOnly: true, passphrase: passphrase)
    } catch MemoryError.wrongModel {
      return nil
    }
    return try measure(model, path, items, progress)
  }

  // MARK: - Other tokens

  /// Passes the text of every commit to the new model, in that model's chat format.
  private func retell(
    _ history: MemoryHistory, to memory: DetachableMemory, in tokenizer: any Tokenizer,
    progress: (Double) throws -> Void
  ) throws -> Int {
    let session = TransformerSession(model: model.transformer)
    let tellings = history.tellings
    var tokens = 0
    for (index, telling) in tellings.enumerated() {
      try progress(Double(index) / Double(tellings.count))
      let first = memory.factMemory?.nextFact ?? 0
      let begun = memory.journal?.recordCount ?? 0
      tokens +=
        telling.provenance.role == .document
        ? try reread(telling, to: memory, through: session, tokenizer)
        : try retell(telling, to: memory, through: session, tokenizer)
      if let fact = telling.fact {
        memory.settleFact(
          from: first, text: fact.text,
          answer: fact.answer.map {
            FactAnswer(
              text: $0, tokens: model.tokenizer.encode(fragment: " \($0)", continuing: true))
          }, records: max(1, (memory.journal?.recordCount ?? 0) - begun))
      }
    }
    try progress(1)
    return tokens
  }

  private func reread(
    _ telling: MemoryHistory.Telling, to memory: DetachableMemory,
    through session: TransformerSession, _ tokenizer: any Tokenizer
  ) throws -> Int {
    let attachment = try memory.attach(to: session)
    defer { attachment.detach() }
    var learner = TextLearner(
      session: session, model: model, conversation: telling.provenance.conversation.text,
      source: telling.provenance.source.text)
    learner.time = telling.provenance.time
    let text = telling.own.map { tokenizer.decode($0.tokens) }.joined()
    try learner.learnDocument(model.tokenizer.encode(text, addBOS: false, parseSpecial: false))
    return learner.tokens
  }

  private func retell(
    _ telling: MemoryHistory.Telling, to memory: DetachableMemory,
    through session: TransformerSession, _ tokenizer: any Tokenizer
  ) throws -> Int {
    func messages(_ words: [MemoryHistory.Words]) -> [ChatMessage] {
      words.compactMap { words in
        let role: ChatRole? =
          switch words.part {
          case .user, .document: .user
          case .assistant: .assistant
          case .system: .system
          case .mark: nil
          }
        let text = tokenizer.decode(words.tokens).trimmingCharacters(in: .whitespaces)
        return role.flatMap { text.isEmpty ? nil : ChatMessage(role: $0, content: text) }
      }
    }
    let own = messages(telling.own)
    var before = messages(telling.before)
    var chat = model.template.encode(before + own, addGenerationPrompt: false)
    while chat.tokens.count > session.contextLength, !before.isEmpty {
      before.removeFirst()
      chat = model.template.encode(before + own, addGenerationPrompt: false)
    }
    guard chat.tokens.count <= session.contextLength else {
      return try reread(telling, to: memory, through: session, tokenizer)
    }
    let start = chat.messageIndex.firstIndex { $0.map { $0 >= before.count } ?? false } ?? 0
    session.reset()
    if start > 0 {
      // Earlier text was learned before, so the memory is detached meanwhile.
      _ = try session.forward(Array(chat.tokens[..<start]), logits: .none)
      try session.commit(
        through: start, provenance: telling.provenance,
        learnable: Array(repeating: false, count: start), endsSegment: true)
    }
    let attachment = try memory.attach(to: session)
    defer { attachment.detach() }
    _ = try session.forward(Array(chat.tokens[start...]), logits: .none)
    try session.commit(
      through: chat.tokens.count, provenance: telling.provenance,
      learnable: Array(chat.learnable[start...]), parts: Array(chat.parts[start...]),
      endsSegment: true)
    return chat.tokens.count
  }
}

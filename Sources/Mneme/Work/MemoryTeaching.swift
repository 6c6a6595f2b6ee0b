import Foundation
import Generation
public import Memory
import Tokenization
import Transformer

/// A text or conversations to learn, and their name.
public struct LearningInput: Sendable, Equatable {
  /// The content to learn.
  public enum Content: Sendable, Equatable {
    /// A text, learned word by word.
    case text(String)
    /// Conversations, of which only the user's words are learned.
    case conversations([ConversationRecord])
    /// One statement by the user. With an answer, which is appended unless the statement ends with it, it is a told
    /// fact, which is answered verbatim when it is asked for.
    case statement(String, answer: String? = nil)
  }

  /// The source in the provenance.
  public var name: String
  /// The content to learn.
  public var content: Content

  /// An input from its parts.
  public init(name: String, content: Content) {
    self.name = name
    self.content = content
  }
}

/// Streams texts and conversations into a memory file.
public struct MemoryTeaching: Sendable {
  let model: LanguageModel
  let contextLength: Int
  let path: String
  let newModules: [ModuleKind]
  let adapter: String?
  let limit: Int?
  let keepsJournal: Bool
  let passphrase: Passphrase?

  /// Teaching for the memory file at `path`, created if it is missing.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - contextLength: tokens in a session; the model's own limit when nil.
  ///   - path: the memory file.
  ///   - newModules: kinds of a file that is created.
  ///   - adapter: a file of slow weights; the one beside the model when nil.
  ///   - limit: the largest number of tokens to learn.
  ///   - passphrase: of an encrypted file; a memory that is created is encrypted with it.
  ///   - keepsJournal: whether a new file keeps a journal.
  public init(
    model: LanguageModel, contextLength: Int? = nil, path: String,
    newModules: [ModuleKind] = ChatSession.standardModules, adapter: String? = nil,
    limit: Int? = nil, passphrase: Passphrase? = nil, keepsJournal: Bool = true
  ) {
    self.model = model
    self.contextLength = contextLength ?? model.contextLength
    self.path = path
    self.newModules = newModules
    self.adapter = adapter
    self.limit = limit
    self.keepsJournal = keepsJournal
    self.passphrase = passphrase
  }

  /// Learns everything, then saves. When anything fails the file stays as it was.
  ///
  /// - Parameters:
  ///   - inputs: what is to be learned, in order.
  ///   - progress: called with the share done and the input's name.
  /// - Throws: `ChatError.emptyText` when the inputs are empty; `MemoryError.file(.locked)` when another process has
  ///   the file open for writing; what loading and saving throw.
  public func run(
    _ inputs: [LearningInput], progress: @escaping @Sendable (Double, String) -> Void = { _, _ in }
  ) throws -> LearningReport {
    let (memory, _) = try model.openOrCreateMemory(
      at: path, forWriting: true, newModules, adapter: adapter, keepsJournal: keepsJournal,
      passphrase: passphrase, progress: progress)
    defer { memory.closeForWriting() }
    let session = TransformerSession(model: model.transformer, contextLength: contextLength)
    let attachment = try memory.attach(to: session, readOnly: false)
    defer { attachment.detach() }
    var total = LearningReport(tokens: 0, surprisal: 0, writes: 0, seconds: 0)
    var (current, done) = ("", 0.0)
    let slow = memory.modules.compactMap { $0 as? any SlowSegments }
    defer { for module in slow { module.onWork = nil } }
    for module in slow {
      module.onWork = { progress(done, "\(current): compacting, \(Int(100 * $0)) %") }
    }
    for (index, input) in inputs.enumerated() {
      let share = 1 / Double(inputs.count)
      let begun = Double(index) * share
      (current, done) = (input.name, begun)
      let report = try learn(
        input, into: memory, session: session, remaining: limit.map { $0 - total.tokens }
      ) {
        done = begun + $0 * share
        progress(done, input.name)
      }
      total = total.adding(report)
      if let limit, total.tokens >= limit { break }
    }
    guard total.tokens > 0 else { throw ChatError.emptyText }
    try Task.checkCancellation()
    // A replaced fact is forgotten, so no earlier version of the file may be kept that contains it.
    try memory.save(to: path, keepsPrevious: total.replaced == nil)
    return total
  }

  private func learn(
    _ input: LearningInput, into memory: DetachableMemory, session: TransformerSession,
    remaining: Int?,
    progress: (Double) -> Void
  ) throws -> LearningReport {
    var learner = TextLearner(
      session: session, model: model, conversation: UUID().uuidString, source: input.name)
    switch input.content {
    case .text(let text):
      let tokens = model.tokenizer.encode(text, addBOS: false, parseSpecial: false)
      try learner.learnDocument(tokens, limit: remaining, progress: progress)
      return learner.report
    case .statement(let text, let answer):
      return try learner.learnFact(text, answer: answer, into: [memory], turn: 1)
    case .conversations(let records):
      var total = LearningReport(tokens: 0, surprisal: 0, writes: 0, seconds: 0)
      for (index, record) in records.enumerated() {
        if let remaining, total.tokens >= remaining { break }
        var own = TextLearner(
          session: session, model: model, conversation: record.id ?? UUID().uuidString,
          source: input.name)
        try own.learnConversation(record.turns.compactMap(Self.message))
        total = total.adding(own.report)
        progress(Double(index + 1) / Double(records.count))
      }
      return total
    }
  }

  private static func message(_ turn: ConversationRecord.Turn) -> ChatMessage? {
    ChatRole(rawValue: turn.role).map { ChatMessage(role: $0, content: turn.text) }
  }
}

extension LearningReport {
  /// The sum of both; the surprisal is weighted by writes.
  func adding(_ other: LearningReport) -> LearningReport {
    let count = writes + other.writes
    let sum = surprisal * Double(writes) + other.surprisal * Double(other.writes)
    var total = LearningReport(
      tokens: tokens + other.tokens, surprisal: count > 0 ? sum / Double(count) : 0, writes: count,
      seconds: seconds + other.seconds)
    total.fact = other.fact ?? fact
    total.replaced = [replaced, other.replaced].compactMap { $0 }.reduce(nil) { ($0 ?? []) + $1 }
    return total
  }
}

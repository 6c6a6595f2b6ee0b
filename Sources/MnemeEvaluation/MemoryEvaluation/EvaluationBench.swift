import Foundation
import Memory
import Mneme
import ModelFiles
import Transformer

/// A session with its attached memories, and the state to which it returns after each task.
final class EvaluationBench {
  let session: TransformerSession
  let memories: [DetachableMemory]
  /// The passphrase of each memory whose file is encrypted.
  let passphrases: [Passphrase?]
  private let attachments: [AttachedMemory]
  private let base: [MemorySnapshot]

  /// A session without memory.
  init(plain model: LanguageModel, contextLength: Int) {
    session = TransformerSession(model: model.transformer, contextLength: contextLength)
    memories = []
    passphrases = []
    attachments = []
    base = []
  }

  /// A session with the memories of a source.
  ///
  /// - Parameter learns: whether the memories will learn; otherwise they are only read, which is also allowed for
  ///   memories of a variant of the model.
  init(
    _ source: MemorySource, model: LanguageModel, contextLength: Int, learns: Bool,
    passphrases: [ByteString: Passphrase]
  ) throws {
    let session = TransformerSession(model: model.transformer, contextLength: contextLength)
    switch source {
    case .files(let paths):
      memories = try paths.map {
        try model.loadMemory($0, readOnly: !learns, passphrase: passphrases[$0])
      }
      self.passphrases = paths.map { passphrases[$0] }
    case .new(let kinds, let adapter):
      memories = [try model.createMemory(kinds, adapter: adapter)]
      self.passphrases = [nil]
    }
    attachments = try memories.map { try $0.attach(to: session, readOnly: !learns) }
    base = memories.map { $0.snapshot() }
    self.session = session
  }

  deinit { detach() }

  /// Detaches the memories.
  func detach() { for attachment in attachments { attachment.detach() } }

  /// Restores the initial state.
  func reset() {
    session.reset()
    for (memory, snapshot) in zip(memories, base) { memory.restore(snapshot) }
    for attachment in attachments { attachment.clearContributions() }
  }

  /// Kinds of the modules, in order.
  var modules: [String] {
    memories.flatMap { $0.modules.map { type(of: $0).kind.rawValue } }
  }

  /// What the memories' search for a question finds first, in or out of scope: the inner value is nil where nothing
  /// matches, the outer where no memory keeps facts.
  func found(_ question: Question, _ model: LanguageModel) -> String?? {
    let keepers = memories.compactMap(\.factMemory)
    guard !keepers.isEmpty else { return nil }
    let tokens = model.tokenizer.encode(question.prompt, addBOS: false, parseSpecial: false)
    // As many as a chat looks at: the likeliest of them is not always the first by likeness.
    let found = keepers.flatMap { $0.recall(tokens, limit: 2) }
    return .some(found.max { $0.scope < $1.scope }.map { $0.statement ?? $0.fact.text })
  }

  /// The statements that the memories learned before the run, from their journals.
  func told(_ model: LanguageModel) -> [ContextPiece] {
    memories.flatMap { memory -> [ContextPiece] in
      guard let journal = memory.journal else { return [] }
      var statements: [(source: Int32, tokens: [Int32])] = []
      for (token, source) in zip(journal.tokens, journal.sourceIndices) {
        if statements.last?.source == source {
          statements[statements.count - 1].tokens.append(token)
        } else {
          statements.append((source, [token]))
        }
      }
      return statements.map { ContextPiece(model.tokenizer.decode($0.tokens)) }
    }
  }
}

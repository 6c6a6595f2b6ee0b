import Mneme
import Foundation
import Memory
import ModelFiles
import Transformer

/// A session with what is attached to it, and the state it returns to after each task.
final class EvaluationBench {
  let session: TransformerSession
  let memories: [DetachableMemory]
  /// Of each memory, where its file is encrypted.
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
  /// - Parameter learns: whether they will be told something; otherwise they are only read, which kin may be, too.
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

  /// Takes the memories off the session.
  func detach() { for attachment in attachments { attachment.detach() } }

  /// Brings everything back to what it was.
  func reset() {
    session.reset()
    for (memory, snapshot) in zip(memories, base) { memory.restore(snapshot) }
    for attachment in attachments { attachment.clearContributions() }
  }

  /// Kinds of the modules, in order.
  var modules: [String] {
    memories.flatMap { $0.modules.map { type(of: $0).kind.rawValue } }
  }

  /// What the memories were told before the run, statement by statement, from their journals.
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

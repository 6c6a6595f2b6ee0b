import Foundation
public import Memory
public import ModelFiles
import Tokenization
import Transformer

/// Measures the surprisal of a text, with or without attached memories.
public struct TextMeasurement: Sendable {
  let model: LanguageModel
  let contextLength: Int
  let memories: [(path: String, isReadOnly: Bool)]
  let newModules: [ModuleKind]
  let learns: Bool
  let saves: Bool
  let limit: Int?
  let passphrases: [ByteString: Passphrase]

  /// A measurement.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - contextLength: tokens per window.
  ///   - memories: files to attach; with `learns`, one that is missing begins empty.
  ///   - newModules: kinds of a file that is created.
  ///   - learns: whether each window is committed after it was scored.
  ///   - saves: whether what was learned is written to the files.
  ///   - limit: the largest number of tokens used of the text.
  ///   - passphrases: by path, of the files that are encrypted; one that begins empty is encrypted with its own.
  public init(
    model: LanguageModel, contextLength: Int? = nil,
    memories: [(path: String, isReadOnly: Bool)] = [],
    newModules: [ModuleKind] = ChatSession.standardModules, learns: Bool = false,
    saves: Bool = false, limit: Int? = nil, passphrases: [ByteString: Passphrase] = [:]
  ) {
    self.model = model
    self.contextLength = contextLength ?? model.contextLength
    self.memories = memories
    self.newModules = newModules
    self.learns = learns
    self.saves = saves
    self.limit = limit
    self.passphrases = passphrases
  }

  /// Scores `text`.
  ///
  /// - Parameters:
  ///   - text: the text to score.
  ///   - source: named in provenance and errors.
  ///   - progress: called with the share done.
  public func run(
    _ text: String, source: String, progress: (Double) -> Void = { _ in }
  ) throws -> PerplexityReport {
    let session = TransformerSession(model: model.transformer, contextLength: contextLength)
    let opened = try memories.map { place in
      let (memory, _) = try model.openOrCreateMemory(
        at: place.path, readOnly: place.isReadOnly, forWriting: saves && !place.isReadOnly,
        creates: learns, newModules, passphrase: passphrases[place.path])
      return (place, memory, try memory.attach(to: session, readOnly: place.isReadOnly))
    }
    defer { for (_, _, attachment) in opened { attachment.detach() } }
    let tokens = model.tokenizer.encode(text, addBOS: false, parseSpecial: false)
    let provenance = Provenance(
      conversation: UUID().uuidString, turn: 0, role: .document, source: source,
      time: Date().timeIntervalSince1970)
    let report = try Perplexity.measure(
      tokens, session: session, tokenizer: model.tokenizer, provenance: provenance,
      options: .init(window: contextLength, learns: learns, limit: limit), progress: progress)
    if saves {
      for (place, memory, _) in opened where !place.isReadOnly { try memory.save(to: place.path) }
    }
    return report
  }
}

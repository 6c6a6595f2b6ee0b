public import Tokenization
public import Transformer

/// What a module may know of the model.
public struct ModuleContext: Sendable {
  /// The model, for its output matrix.
  public let model: TransformerModel
  /// Values per key.
  public let keyColumns: Int
  /// The model's tokenizer, for modules that look at words; nil where there is none, and tokens then stand for words.
  public let tokenizer: (any Tokenizer)?

  /// Creates a context.
  public init(model: TransformerModel, keyColumns: Int, tokenizer: (any Tokenizer)? = nil) {
    self.model = model
    self.keyColumns = keyColumns
    self.tokenizer = tokenizer
  }

  /// Values per hidden state.
  public var width: Int { model.configuration.width }
  /// Tokens in the vocabulary.
  public var vocabularySize: Int { model.configuration.vocabularySize }
}

/// Where a module is being attached.
public struct ModuleHost {
  /// The session whose forward pass it may hook into.
  public let session: TransformerSession
  /// Whether nothing will be written.
  public let isReadOnly: Bool

  /// Creates a host.
  public init(session: TransformerSession, isReadOnly: Bool) {
    self.session = session
    self.isReadOnly = isReadOnly
  }
}

/// What became of a wish to forget.
public enum Forgetting: Sendable, Equatable {
  /// So many entries are gone, and nothing of them is left.
  case exact(entries: Int)
  /// The state was made again from the journal without it: so many tokens passed through the model once more.
  case replayed(tokens: Int)
  /// None of it was there.
  case nothingToForget
  /// The module has no way to take back what it learned.
  case unsupported
}

public import Tokenization
public import Transformer

/// The parts of the model that a module may use.
public struct ModuleContext: Sendable {
  /// The model, for its output matrix.
  public let model: TransformerModel
  /// Values per key.
  public let keyColumns: Int
  /// The model's tokenizer, for modules that look at words; nil when there is none, and tokens then count as words.
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

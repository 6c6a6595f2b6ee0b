public import ModelFiles

/// The tokenizer that a model file carries.
///
/// - Throws: `TokenizerError`, naming what the vocabulary lacks or which kind of tokenizer is not supported.
public func loadTokenizer(from file: ModelFile) throws(TokenizerError) -> any Tokenizer {
  try SentencePieceTokenizer(file: file)
}

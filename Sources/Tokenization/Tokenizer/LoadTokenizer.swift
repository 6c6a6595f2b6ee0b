public import ModelFiles

/// The tokenizer that a model file carries, by the name in `tokenizer.ggml.model`.
///
/// - Throws: `TokenizerError`, naming what the vocabulary lacks or which kind of tokenizer is not supported.
public func loadTokenizer(from file: ModelFile) throws(TokenizerError) -> any Tokenizer {
  switch file.metadata.string("tokenizer.ggml.model") {
  case "gpt2": try ByteLevelBPETokenizer(file: file)
  default: try SentencePieceTokenizer(file: file)
  }
}

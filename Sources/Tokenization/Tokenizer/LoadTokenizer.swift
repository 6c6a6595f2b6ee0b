public import ModelFiles

/// The tokenizer in a model file, by the name in `tokenizer.ggml.model`.
///
/// - Throws: `TokenizerError`, naming the missing part of the vocabulary or the unsupported kind of tokenizer.
public func loadTokenizer(from file: ModelFile) throws(TokenizerError) -> any Tokenizer {
  switch file.metadata.string("tokenizer.ggml.model") {
  case "gpt2": try ByteLevelBPETokenizer(file: file)
  default: try SentencePieceTokenizer(file: file)
  }
}

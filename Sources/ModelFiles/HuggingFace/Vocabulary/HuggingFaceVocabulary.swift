/// The vocabulary of a Hugging Face model folder, under GGUF's keys.
///
/// It reads `tokenizer.json` (of the tokenizers library), or else `tokenizer.model` (of SentencePiece), and if present
/// `tokenizer_config.json`, `special_tokens_map.json`, `added_tokens.json`, `generation_config.json`,
/// `chat_template.jinja` and `chat_template.json`. Patterns of a file are compared with the published ones, never run.
public enum HuggingFaceVocabulary {
  /// The metadata that `loadTokenizer(from:)` and chat templates need: `tokenizer.ggml.*` and `tokenizer.chat_template`.
  ///
  /// This program's own keys, `tokenizer.mneme.*`, hold what GGUF's cannot express: `normalizer` ("NFC"),
  /// `ignore_merges`, `space_prefix` ("once" or "first", see `SentencePieceTokenizer`), `eog_token_ids`, the added tokens
  /// with each flag (`lstrip_token_ids`, `rstrip_token_ids`, `single_word_token_ids`, `normalized_token_ids`), and
  /// `inline_token_ids`, the user-defined pieces of a SentencePiece model itself.
  ///
  /// - Parameters:
  ///   - path: the folder.
  ///   - vocabularySize: the rows of the embedding matrix; if there are more rows than tokens, unused tokens named
  ///     `[PADn]` are added, as by llama.cpp's converter.
  /// - Throws: `ModelFileError` for files that are missing, damaged, or of a kind that cannot be tokenized exactly.
  public static func metadata(
    ofFolder path: String, vocabularySize: Int?
  ) throws(ModelFileError) -> GGUFMetadata {
    let folder = VocabularyFolder(path: path)
    let settings = try TokenizerSettings(folder)
    var draft = try draft(folder, settings)
    try draft.pad(to: vocabularySize)
    try settings.apply(to: &draft)
    return draft.finished()
  }

  private static func draft(
    _ folder: VocabularyFolder, _ settings: TokenizerSettings
  ) throws(ModelFileError) -> VocabularyDraft {
    if let json = try folder.json("tokenizer.json", limit: 256 << 20) {
      let tokenizer = try TokenizerJSON(json, path: folder.file("tokenizer.json"))
      return try tokenizer.draft()
    }
    let path = folder.file("tokenizer.model")
    guard let bytes = try folder.contents("tokenizer.model", limit: 256 << 20) else {
      throw .malformed(
        path: folder.path, what: "the folder holds no tokenizer", offset: nil,
        expected: "tokenizer.json or tokenizer.model")
    }
    var draft = try SentencePieceProto(bytes, path: path).draft()
    try settings.addTokens(to: &draft)
    return draft
  }
}

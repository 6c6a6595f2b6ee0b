/// The vocabulary of a Hugging Face folder in GGUF's terms.
public enum HuggingFaceVocabulary {
  /// The `tokenizer.*` keys of the folder at `path`.
  ///
  /// - Parameter vocabularySize: tokens in the embedding.
  public static func metadata(
    ofFolder path: String, vocabularySize: Int?
  ) throws(ModelFileError) -> GGUFMetadata {
    GGUFMetadata()
  }
}

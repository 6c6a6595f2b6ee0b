/// A model on disk: hyper-parameters, vocabulary and tensors under GGUF's names, checked before anything is used.
///
/// Opening reads the description only. Every count is capped, every length checked against the size of the real file, every
/// sum checked for overflow; tensors may neither overlap nor share a name. The tensors' bytes stay in the mapping.
public struct ModelFile: Sendable {
  /// The storage format of a model.
  public enum Format: Sendable, Equatable {
    /// One GGUF file of this version: 2 or 3.
    case gguf(version: UInt32)
    /// A folder as Hugging Face's libraries write it: `config.json`, safetensors, a tokenizer.
    case huggingFace
  }

  /// The path the model was opened by.
  public let path: String
  /// Its storage format.
  public let format: Format
  /// The size on disk.
  public let byteCount: Int
  /// The key/value pairs, under GGUF's keys.
  public let metadata: GGUFMetadata
  /// The tensors in the file's order.
  public let tensors: [ModelTensor]
  private let index: [ByteString: Int]

  /// Opens and checks the model at `path`: a GGUF file or a Hugging Face folder.
  ///
  /// - Throws: `ModelFileError` for anything that is not a valid model with supported tensor types.
  public static func open(_ path: String) throws(ModelFileError) -> ModelFile {
    if RegularFile.isFolder(path) { return try HuggingFaceFolder(path: path).open() }
    let mapping = try MappedFile(path: path)
    var parser = GGUFParser(mapping: mapping)
    return try parser.parse()
  }

  init(
    path: String, format: Format, byteCount: Int, metadata: GGUFMetadata, tensors: [ModelTensor]
  ) {
    self.path = path
    self.format = format
    self.byteCount = byteCount
    self.metadata = metadata
    self.tensors = tensors
    self.index = Dictionary(
      tensors.enumerated().map { (ByteString($1.name), $0) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The tensor of that name, or nil.
  public func tensor(_ name: String) -> ModelTensor? {
    index[name].map { tensors[$0] }
  }
}

public import Tensors

/// One tensor of a GGUF file: a view into the mapped bytes.
public struct GGUFTensor: Sendable {
  /// The name, such as `blk.0.attn_q.weight`.
  public let name: String
  /// The extents in ggml's order: `shape[0]` is contiguous in memory.
  public let shape: [Int]
  /// The type of the elements.
  public let type: ElementType
  /// The data; its count is checked against shape and type.
  public nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

  /// The number of elements.
  public var elementCount: Int { shape.reduce(1, *) }
}

/// A model file in the GGUF format (versions 2 and 3), memory-mapped and checked before anything is used.
///
/// Opening reads the header only. Every count is capped, every length checked against the size of the real file, every
/// sum checked for overflow; tensors may neither overlap nor share a name. The tensors' bytes stay in the mapping.
public struct GGUFFile: Sendable {
  /// The path the file was opened by.
  public let path: String
  /// The mapping that keeps the tensors' bytes alive.
  public let mapping: MappedFile
  /// The format version: 2 or 3.
  public let version: UInt32
  /// The key/value pairs.
  public let metadata: GGUFMetadata
  /// The tensors in the file's order.
  public let tensors: [GGUFTensor]
  private let index: [String: Int]

  /// Opens and checks the file at `path`.
  ///
  /// - Throws: `ModelFileError` for anything that is not a sound GGUF file with supported tensor types.
  public static func open(_ path: String) throws(ModelFileError) -> GGUFFile {
    let mapping = try MappedFile(path: path)
    var parser = GGUFParser(mapping: mapping)
    return try parser.parse()
  }

  init(mapping: MappedFile, version: UInt32, metadata: GGUFMetadata, tensors: [GGUFTensor]) {
    self.path = mapping.path
    self.mapping = mapping
    self.version = version
    self.metadata = metadata
    self.tensors = tensors
    self.index = Dictionary(
      tensors.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The tensor of that name, or nil.
  public func tensor(_ name: String) -> GGUFTensor? {
    index[name].map { tensors[$0] }
  }
}

/// A file in the safetensors format, checked completely before anything is used.
///
/// The format: eight bytes of header length, little-endian; a JSON object naming every tensor with its type, shape and
/// place; the data. This reader holds a file to the format's whole contract: a header of at most 100 MB, every name
/// once, sizes that follow from type and shape, and tensors that cover the data exactly, without a hole and without
/// overlap. A file that opens therefore has no byte that nobody accounts for.
///
/// By default the file is copied into memory, so that a file replaced or shortened meanwhile does no harm.
public struct SafetensorsFile: Sendable {
  /// The longest header accepted, in bytes.
  public static let maximumHeaderLength = 100_000_000

  /// The path the file was opened by; what the caller named it when it came from memory.
  public let path: String
  /// The `__metadata__` of the header.
  public let metadata: [String: String]
  /// The tensors in the order of their data.
  public let tensors: [SafetensorsTensor]
  /// The data of all tensors: everything behind the header.
  public var dataSection: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: storage.bytes[dataStart...])
  }

  private let storage: FileBytes
  private let dataStart: Int
  private let index: [String: Int]

  /// Opens and checks the file at `path`.
  ///
  /// - Parameter mapped: maps the file instead of copying it; for large files that nobody replaces, such as weights.
  /// - Throws: `ModelFileError.safetensors` with the broken rule, or what reading the file gives.
  public static func open(
    _ path: String, mapped: Bool = false
  ) throws(ModelFileError) -> SafetensorsFile {
    let storage = mapped ? try FileBytes(mapping: path) : try FileBytes(path: path)
    return try SafetensorsFile(storage: storage, path: path)
  }

  /// Checks a file that is in memory already.
  ///
  /// - Parameter name: what errors call it.
  public init(bytes: [UInt8], name: String) throws(ModelFileError) {
    guard !bytes.isEmpty else { throw .empty(path: name) }
    try self.init(storage: FileBytes(copying: bytes, path: name), path: name)
  }

  private init(storage: FileBytes, path: String) throws(ModelFileError) {
    do {
      let parser = try SafetensorsParser(storage: storage)
      self.metadata = parser.metadata
      self.tensors = parser.tensors
      self.dataStart = parser.dataStart
    } catch {
      throw .safetensors(path: path, error.fault)
    }
    self.storage = storage
    self.path = path
    index = Dictionary(
      tensors.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The tensor of that name, or nil.
  public func tensor(_ name: String) -> SafetensorsTensor? { index[name].map { tensors[$0] } }

  /// The tensor of that name.
  ///
  /// - Throws: `ModelFileError.missingTensor`.
  public func required(_ name: String) throws(ModelFileError) -> SafetensorsTensor {
    guard let tensor = tensor(name) else { throw .missingTensor(path: path, name: name) }
    return tensor
  }
}

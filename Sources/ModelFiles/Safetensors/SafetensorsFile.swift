public import Foundation

/// A safetensors file, read into memory (or mapped, when it is very large) and checked against the format's contract.
///
/// The header is at most 100 MB of JSON; the tensors' ranges are in order, without holes or overlap, and cover the data
/// exactly; names are unique; `__metadata__` maps strings to strings. A file that breaks a rule is refused.
public struct SafetensorsFile: Sendable {
  /// The path the file was opened by.
  public let path: String
  /// The `__metadata__` entries.
  public let metadata: [String: String]
  /// The tensors, in the order of their data.
  public let tensors: [SafetensorsTensor]
  /// Everything after the header.
  public let data: Data

  /// The longest header that is read.
  public static let headerLimit = 100_000_000

  /// The most tensors that are read; the largest files have some thousands.
  public static let tensorLimit = 100_000
  /// The most extents of a tensor.
  public static let dimensionLimit = 32

  /// The size in bytes from which on files are mapped.
  public static let mappingThreshold = 256 << 20

  /// Opens and checks the file at `path`.
  ///
  /// Replacing a file by renaming another over it, as `AtomicFile` does, keeps a mapping of the old one intact;
  /// truncating a mapped file in place does not. So only files that are too large to hold twice are mapped.
  ///
  /// - Parameter mapping: the fewest bytes from which the file is mapped instead of read.
  /// - Throws: `ModelFileError` for anything that breaks the format.
  public static func open(
    _ path: String, mappingFrom mapping: Int = mappingThreshold
  ) throws(ModelFileError) -> SafetensorsFile {
    guard try RegularFile.size(path) >= mapping else {
      return try parse(FileContents.read(path), path: path)
    }
    let file = try MappedFile(path: path)
    guard let start = file.bytes.baseAddress else { throw .empty(path: path) }
    let data = Data(
      bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: file.bytes.count,
      deallocator: .custom { _, _ in withExtendedLifetime(file) {} })
    return try parse(data, path: path)
  }

  /// Checks bytes that were read elsewhere; `path` is for messages.
  public static func parse(_ bytes: Data, path: String) throws(ModelFileError) -> SafetensorsFile {
    guard bytes.count >= 8 else {
      throw .safetensors(path: path, .tooShort(bytes: bytes.count))
    }
    let length = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(headerLimit) else {
      throw .safetensors(path: path, .headerTooLarge(length: length, limit: headerLimit))
    }
    guard Int(length) <= bytes.count - 8 else {
      throw .safetensors(
        path: path, .headerBeyondFile(length: length, available: bytes.count - 8))
    }
    let start = bytes.startIndex + 8
    let header = bytes[start..<start + Int(length)]
    let data = bytes[(start + Int(length))...]
    let parsed = try SafetensorsHeader(header, path: path)
    return SafetensorsFile(
      path: path, metadata: parsed.metadata,
      tensors: try parsed.tensors(in: data, path: path), data: data)
  }

  /// Name, type and shape of each tensor, in the order of their data.
  public var layout: [String] { tensors.map { "\($0.name) \($0.type.rawValue) \($0.shape)" } }

  /// The tensor of that name, or nil.
  public func tensor(_ name: String) -> SafetensorsTensor? {
    tensors.first { $0.name == name }
  }

  /// The tensor of that name.
  ///
  /// - Throws: `ModelFileError.missingTensor`.
  public func require(_ name: String) throws(ModelFileError) -> SafetensorsTensor {
    guard let tensor = tensor(name) else { throw .missingTensor(path: path, name: name) }
    return tensor
  }

  /// The values of a tensor that must have a shape.
  ///
  /// - Throws: `ModelFileError.missingTensor`, `.wrongTensor` for another shape.
  public func floats(_ name: String, shape: [Int]) throws(ModelFileError) -> [Float] {
    let tensor = try require(name)
    guard tensor.shape == shape else {
      throw .wrongTensor(
        path: path, name: name, found: "\(tensor.shape)", expected: "\(shape)")
    }
    return try tensor.floats()
  }
}

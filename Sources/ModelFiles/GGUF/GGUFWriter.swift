public import Foundation
public import Tensors

/// Builds a GGUF v3 file in memory.
public struct GGUFWriter: Sendable {
  /// The key/value pairs, written in order of insertion.
  public var metadata: GGUFMetadata {
    get { layout.metadata }
    set { layout.metadata = newValue }
  }
  private var layout = GGUFLayout()
  private var contents: [Data] = []

  /// Starts an empty file.
  public init() {}

  /// Adds a tensor from raw bytes; `shape` in ggml's order, the contiguous extent first.
  public mutating func add(_ name: String, shape: [Int], type: ElementType, bytes: Data) {
    layout.add(name, shape: shape, type: type)
    precondition(
      layout.tensors.last?.byteCount == bytes.count,
      "shape, type and bytes of tensor \(name) disagree")
    contents.append(bytes)
  }

  /// Adds a tensor from Float32 values, stored as `type`.
  public mutating func add(
    _ name: String, shape: [Int], floats: [Float], type: ElementType = .f32
  ) {
    guard let bytes = ElementEncoding.encode(floats, as: type) else {
      preconditionFailure("rows of tensor \(name) are whole blocks")
    }
    add(name, shape: shape, type: type, bytes: Data(bytes))
  }

  /// The whole file.
  public func serialized() -> Data {
    var file = layout.header()
    for bytes in contents {
      file.append(bytes)
      file.append(GGUFLayout.padding(after: bytes.count))
    }
    return file
  }

  /// Writes the file atomically.
  public func write(to path: String) throws(ModelFileError) {
    try AtomicFile.write(serialized(), to: path)
  }
}

/// Builds a safetensors file.
///
/// The same metadata and tensors give the same bytes, in whatever order they were added: tensors are sorted by falling
/// element size, so that each is aligned to its own elements, then by name; metadata by key.
public struct SafetensorsWriter: Sendable {
  /// The `__metadata__` of the header.
  public var metadata: [String: String]
  private var entries: [String: Entry] = [:]

  struct Entry: Sendable {
    let type: SafetensorsType
    let shape: [Int]
    let bytes: [UInt8]
  }

  /// Creates a writer without tensors.
  public init(metadata: [String: String] = [:]) {
    self.metadata = metadata
  }

  /// Adds a tensor from bytes in their final form; a tensor of the same name is replaced.
  ///
  /// - Precondition: the bytes fit type and shape; the name is not `__metadata__`.
  public mutating func add(
    _ name: String, type: SafetensorsType, bytes: [UInt8], shape: [Int]
  ) {
    precondition(name != "__metadata__", "a tensor cannot be called __metadata__")
    precondition(
      shape.allSatisfy { $0 >= 0 } && shape.reduce(type.size, *) == bytes.count,
      "the bytes of a tensor fit its type and shape")
    entries[name] = Entry(type: type, shape: shape, bytes: bytes)
  }

  /// Adds an `F32` tensor.
  public mutating func add(_ name: String, floats: [Float], shape: [Int]) {
    add(name, type: .float32, bytes: Self.raw(floats.map(\.bitPattern)), shape: shape)
  }

  /// Adds an `F64` tensor.
  public mutating func add(_ name: String, float64s: [Double], shape: [Int]) {
    add(name, type: .float64, bytes: Self.raw(float64s.map(\.bitPattern)), shape: shape)
  }

  /// Adds an `I64` tensor.
  public mutating func add(_ name: String, int64s: [Int64], shape: [Int]) {
    add(name, type: .int64, bytes: Self.raw(int64s), shape: shape)
  }

  /// Adds an `I32` tensor.
  public mutating func add(_ name: String, int32s: [Int32], shape: [Int]) {
    add(name, type: .int32, bytes: Self.raw(int32s), shape: shape)
  }

  /// Adds a `U8` tensor.
  public mutating func add(_ name: String, bytes: [UInt8], shape: [Int]) {
    add(name, type: .uint8, bytes: bytes, shape: shape)
  }

  private static func raw<T: FixedWidthInteger>(_ values: [T]) -> [UInt8] {
    #if _endian(little)
      values.withUnsafeBytes { Array($0) }
    #else
      values.map(\.littleEndian).withUnsafeBytes { Array($0) }
    #endif
  }

  // MARK: - Output

  private var sorted: [(name: String, entry: Entry)] {
    entries.map { ($0.key, $0.value) }.sorted { first, second in
      let (one, other) = (first.1.type.size, second.1.type.size)
      return one != other ? one > other : first.0 < second.0
    }.map { (name: $0.0, entry: $0.1) }
  }

  /// Calls `body` with the data of every tensor in the file's order: together, the data section. For checksums.
  public func forEachDataChunk(_ body: (UnsafeRawBufferPointer) -> Void) {
    for (_, entry) in sorted { entry.bytes.withUnsafeBytes(body) }
  }

  /// The eight length bytes and the JSON, padded with spaces to a multiple of eight.
  private func header() -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }
        .map { jsonString($0.key) + ":" + jsonString($0.value) }
      members.append("\"__metadata__\":{" + pairs.joined(separator: ",") + "}")
    }
    var offset = 0
    for (name, entry) in sorted {
      let end = offset + entry.bytes.count
      let shape = entry.shape.map(String.init).joined(separator: ",")
      members.append(
        jsonString(name) + ":{\"dtype\":\"\(entry.type.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var json = Array(("{" + members.joined(separator: ",") + "}").utf8)
    json += [UInt8](repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
    return Self.raw([UInt64(json.count)]) + json
  }

  /// The whole file in memory.
  public func serialized() -> [UInt8] {
    var bytes = header()
    for (_, entry) in sorted { bytes += entry.bytes }
    return bytes
  }

  /// Writes the file in one step: a temporary file in the same folder, synced, renamed, and the folder synced.
  ///
  /// - Throws: `ModelFileError.unwritable` and its kin; the target is then as it was, and nothing else is left behind.
  ///   `.excessive` when names and metadata are larger than any reader accepts.
  public func write(to path: String) throws(ModelFileError) {
    let header = header()
    guard header.count - 8 <= SafetensorsFile.maximumHeaderLength else {
      throw .excessive(
        path: path, what: "the length of the header", found: UInt64(header.count - 8),
        limit: UInt64(SafetensorsFile.maximumHeaderLength))
    }
    try AtomicFile.write(to: path) { writer throws(ModelFileError) in
      try writer.append(header)
      for (_, entry) in sorted { try writer.append(entry.bytes) }
    }
  }
}

import Tensors

/// The one-pass parser of GGUF files, versions 2 and 3.
struct GGUFParser {
  /// Limits far above real files (the largest have some thousands of tensors) and low enough to be harmless.
  enum Limit {
    static let keys = 100_000
    static let tensors = 100_000
    static let arrayLength = 4_000_000
    static let keyLength = 65_535
    static let stringLength = 16 << 20
    static let tensorNameLength = 255
    static let dimensions = 4
    static let alignment = 1 << 20
  }

  let mapping: MappedFile
  private var reader: ByteReader
  private var path: String { mapping.path }

  init(mapping: MappedFile) {
    self.mapping = mapping
    reader = ByteReader(mapping.bytes, path: mapping.path)
  }

  mutating func parse() throws(ModelFileError) -> ModelFile {
    let magic = Array(mapping.bytes.prefix(4))
    guard magic == Array("GGUF".utf8) else {
      throw .wrongMagic(path: path, format: "GGUF", found: magic)
    }
    _ = try reader.integer(UInt32.self, "the magic number")
    let version = try reader.integer(UInt32.self, "the version")
    guard version == 2 || version == 3 else {
      throw .unsupportedVersion(
        path: path, format: "GGUF", found: UInt64(version),
        expected: "version 2 or 3, little-endian")
    }
    let tensorCount = try count("the number of tensors", limit: Limit.tensors, minimumSize: 24)
    let keyCount = try count("the number of keys", limit: Limit.keys, minimumSize: 13)
    var metadata = GGUFMetadata()
    for _ in 0..<keyCount {
      let key = try reader.string("a key", limit: Limit.keyLength)
      guard metadata[key] == nil else { throw .duplicate(path: path, what: "the key", name: key) }
      metadata[key] = try value(of: key)
    }
    let entries = try tensorEntries(tensorCount)
    let alignment = metadata.integer("general.alignment") ?? 32
    guard (1...Limit.alignment).contains(alignment), alignment & (alignment - 1) == 0 else {
      throw .malformed(
        path: path, what: "the alignment is \(alignment)", offset: nil, expected: "a power of two")
    }
    let tensors = try locate(entries, alignment: alignment)
    return ModelFile(
      path: path, format: .gguf(version: version), byteCount: mapping.bytes.count,
      metadata: metadata, tensors: tensors)
  }

  // MARK: - Metadata

  private mutating func value(of key: String) throws(ModelFileError) -> GGUFValue {
    let type = try valueType()
    guard type == .array else { return try scalar(type, key: key) }
    let element = try valueType()
    guard element != .array else {
      throw .malformed(
        path: path, what: "the key \(quoted(key)) holds nested arrays", offset: reader.offset,
        expected: "an array of plain values")
    }
    let length = try count(
      "the length of \(quoted(key))", limit: Limit.arrayLength, minimumSize: element.minimumSize)
    return try array(element, length, key: key)
  }

  private mutating func scalar(
    _ type: GGUFValueType, key: String
  ) throws(ModelFileError) -> GGUFValue {
    switch type {
    case .uint8: .unsigned(UInt64(try reader.integer(UInt8.self, key)))
    case .uint16: .unsigned(UInt64(try reader.integer(UInt16.self, key)))
    case .uint32: .unsigned(UInt64(try reader.integer(UInt32.self, key)))
    case .uint64: .unsigned(try reader.integer(UInt64.self, key))
    case .int8: .signed(Int64(try reader.integer(Int8.self, key)))
    case .int16: .signed(Int64(try reader.integer(Int16.self, key)))
    case .int32: .signed(Int64(try reader.integer(Int32.self, key)))
    case .int64: .signed(try reader.integer(Int64.self, key))
    case .float32: .float(Double(Float(bitPattern: try reader.integer(UInt32.self, key))))
    case .float64: .float(Double(bitPattern: try reader.integer(UInt64.self, key)))
    case .bool: .bool(try bool(key))
    case .string: .string(try reader.string(quoted(key), limit: Limit.stringLength))
    case .array: preconditionFailure("arrays are read by value(of:)")
    }
  }

  private mutating func array(
    _ type: GGUFValueType, _ length: Int, key: String
  ) throws(ModelFileError) -> GGUFValue {
    switch type {
    case .uint8: .unsignedArray(try integers(UInt8.self, length, key).map { UInt64($0) })
    case .uint16: .unsignedArray(try integers(UInt16.self, length, key).map { UInt64($0) })
    case .uint32: .unsignedArray(try integers(UInt32.self, length, key).map { UInt64($0) })
    case .uint64: .unsignedArray(try integers(UInt64.self, length, key))
    case .int8: .signedArray(try integers(Int8.self, length, key).map { Int64($0) })
    case .int16: .signedArray(try integers(Int16.self, length, key).map { Int64($0) })
    case .int32: .signedArray(try integers(Int32.self, length, key).map { Int64($0) })
    case .int64: .signedArray(try integers(Int64.self, length, key))
    case .float32:
      .floatArray(try integers(UInt32.self, length, key).map { Float(bitPattern: $0) })
    case .float64:
      .floatArray(try integers(UInt64.self, length, key).map { Float(Double(bitPattern: $0)) })
    case .bool: .boolArray(try bools(length, key))
    case .string: .stringArray(try strings(length, key))
    case .array: preconditionFailure("nested arrays are refused before")
    }
  }

  private mutating func integers<T: FixedWidthInteger>(
    _ type: T.Type, _ length: Int, _ key: String
  ) throws(ModelFileError) -> [T] {
    var values: [T] = []
    values.reserveCapacity(length)
    for _ in 0..<length { values.append(try reader.integer(type, quoted(key))) }
    return values
  }

  private mutating func bools(_ length: Int, _ key: String) throws(ModelFileError) -> [Bool] {
    var values: [Bool] = []
    for _ in 0..<length { values.append(try bool(key)) }
    return values
  }

  private mutating func strings(_ length: Int, _ key: String) throws(ModelFileError) -> [String] {
    var values: [String] = []
    values.reserveCapacity(length)
    for _ in 0..<length {
      // Token pieces of byte-level vocabularies may hold stray bytes; they are repaired, not refused.
      let raw = try reader.rawString(quoted(key), limit: Limit.stringLength)
      values.append(String(decoding: raw, as: UTF8.self))
    }
    return values
  }

  private mutating func bool(_ key: String) throws(ModelFileError) -> Bool {
    let byte = try reader.integer(UInt8.self, quoted(key))
    guard byte <= 1 else {
      throw .malformed(
        path: path, what: "the key \(quoted(key)) holds \(byte)", offset: reader.offset - 1,
        expected: "0 or 1")
    }
    return byte == 1
  }

  private mutating func valueType() throws(ModelFileError) -> GGUFValueType {
    let number = try reader.integer(UInt32.self, "a value type")
    guard let type = GGUFValueType(rawValue: number) else {
      throw .malformed(
        path: path, what: "value type \(number) does not exist", offset: reader.offset - 4,
        expected: "0 to 12")
    }
    return type
  }

  /// A count that is within its limit and whose items could fit into the rest of the file.
  private mutating func count(
    _ what: String, limit: Int, minimumSize: Int
  ) throws(ModelFileError) -> Int {
    let number = try reader.integer(UInt64.self, what)
    guard number <= UInt64(limit) else {
      throw .excessive(path: path, what: what, found: number, limit: UInt64(limit))
    }
    try reader.require(Int(number) * minimumSize, what)
    return Int(number)
  }

  // MARK: - Tensors

  private struct Entry {
    let name: String
    let shape: [Int]
    let type: ElementType
    let offset: UInt64
    let size: Int
  }

  private mutating func tensorEntries(_ count: Int) throws(ModelFileError) -> [Entry] {
    var entries: [Entry] = []
    var names: Set<ByteString> = []
    for _ in 0..<count {
      let name = try reader.string("a tensor name", limit: Limit.tensorNameLength)
      guard names.insert(ByteString(name)).inserted else {
        throw .duplicate(path: path, what: "the tensor", name: name)
      }
      entries.append(try tensorEntry(name))
    }
    return entries
  }

  private mutating func tensorEntry(_ name: String) throws(ModelFileError) -> Entry {
    let dimensions = try reader.integer(UInt32.self, "a number of dimensions")
    guard (1...UInt32(Limit.dimensions)).contains(dimensions) else {
      throw .excessive(
        path: path, what: "the number of dimensions of \(quoted(name))", found: UInt64(dimensions),
        limit: UInt64(Limit.dimensions))
    }
    var shape: [Int] = []
    var elements = 1
    for _ in 0..<dimensions {
      let extent = try reader.integer(UInt64.self, "an extent of \(quoted(name))")
      guard let extent = Int(exactly: extent), extent > 0 else {
        throw .malformed(
          path: path, what: "an extent of tensor \(quoted(name)) is \(extent)",
          offset: reader.offset - 8, expected: "a positive number")
      }
      let (product, overflow) = elements.multipliedReportingOverflow(by: extent)
      guard !overflow else {
        throw .malformed(
          path: path, what: "the size of tensor \(quoted(name)) overflows",
          offset: reader.offset - 8, expected: nil)
      }
      elements = product
      shape.append(extent)
    }
    let number = try reader.integer(UInt32.self, "the type of \(quoted(name))")
    guard let type = ElementType(rawValue: number) else {
      throw .unsupportedTensorType(path: path, tensor: name, type: ggmlTypeName(number))
    }
    guard shape[0] % type.blockSize == 0, let size = type.byteCount(elements: elements) else {
      throw .malformed(
        path: path, what: "tensor \(quoted(name)) has rows of \(shape[0]) elements",
        offset: reader.offset, expected: "a multiple of \(type.blockSize) for \(type.name)")
    }
    let offset = try reader.integer(UInt64.self, "the offset of \(quoted(name))")
    return Entry(name: name, shape: shape, type: type, offset: offset, size: size)
  }

  private func locate(
    _ entries: [Entry], alignment: Int
  ) throws(ModelFileError) -> [ModelTensor] {
    let dataStart = (reader.offset + alignment - 1) / alignment * alignment
    var tensors: [ModelTensor] = []
    var ranges: [(range: Range<Int>, name: String)] = []
    for entry in entries {
      guard let offset = Int(exactly: entry.offset), offset % alignment == 0 else {
        throw .malformed(
          path: path, what: "tensor \(quoted(entry.name)) starts at offset \(entry.offset)",
          offset: nil, expected: "a multiple of \(alignment)")
      }
      let (start, overflow) = dataStart.addingReportingOverflow(offset)
      guard !overflow, start <= mapping.bytes.count,
        entry.size <= mapping.bytes.count - start
      else {
        throw .truncated(
          path: path, what: "tensor \(quoted(entry.name))", offset: overflow ? dataStart : start,
          needed: entry.size, available: overflow ? 0 : mapping.bytes.count - start)
      }
      ranges.append((start..<start + entry.size, entry.name))
      tensors.append(
        ModelTensor(
          name: entry.name, shape: entry.shape, type: entry.type,
          bytes: UnsafeRawBufferPointer(rebasing: mapping.bytes[start..<start + entry.size]),
          owner: mapping))
    }
    ranges.sort { $0.range.lowerBound < $1.range.lowerBound }
    for (first, second) in zip(ranges, ranges.dropFirst())
    where first.range.upperBound > second.range.lowerBound {
      throw .malformed(
        path: path, what: "tensors \(quoted(first.name)) and \(quoted(second.name)) overlap",
        offset: second.range.lowerBound, expected: nil)
    }
    return tensors
  }
}

/// The name of a ggml type number, for messages about types that are not read yet.
func ggmlTypeName(_ number: UInt32) -> String {
  let names: [UInt32: String] = [
    9: "Q8_1", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 22: "IQ2_S",
    24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0",
  ]
  return names[number].map { "\($0) (\(number))" } ?? "number \(number)"
}

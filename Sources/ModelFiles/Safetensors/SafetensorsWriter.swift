public import Foundation

/// Builds a safetensors file; the same content always gives the same bytes.
public struct SafetensorsWriter: Sendable {
  /// The `__metadata__` entries.
  public var metadata: [String: String]
  private var entries: [(name: String, type: SafetensorsType, shape: [Int], bytes: Data)] = []

  /// Starts a file.
  public init(metadata: [String: String] = [:]) { self.metadata = metadata }

  /// Adds raw little-endian elements.
  public mutating func add(_ name: String, type: SafetensorsType, shape: [Int], bytes: Data) {
    precondition(
      bytes.count == shape.reduce(type.size, *), "shape and bytes of tensor \(name) disagree")
    precondition(!entries.contains { $0.name == name }, "tensor \(name) is added twice")
    entries.append((name, type, shape, bytes))
  }

  /// Adds an F32 tensor.
  public mutating func add(_ name: String, floats: [Float], shape: [Int]) {
    add(name, type: .f32, shape: shape, bytes: littleEndian(floats.map(\.bitPattern)))
  }

  /// Adds an F64 tensor.
  public mutating func add(_ name: String, doubles: [Double], shape: [Int]) {
    add(name, type: .f64, shape: shape, bytes: littleEndian(doubles.map(\.bitPattern)))
  }

  /// Adds an F16 tensor of bit patterns.
  public mutating func add(_ name: String, halves: [UInt16], shape: [Int]) {
    add(name, type: .f16, shape: shape, bytes: littleEndian(halves))
  }

  /// Adds an I64 tensor.
  public mutating func add(_ name: String, int64s: [Int64], shape: [Int]) {
    add(name, type: .i64, shape: shape, bytes: littleEndian(int64s))
  }

  /// Adds an I32 tensor.
  public mutating func add(_ name: String, int32s: [Int32], shape: [Int]) {
    add(name, type: .i32, shape: shape, bytes: littleEndian(int32s))
  }

  /// Adds a U8 tensor.
  public mutating func add(_ name: String, uint8s: [UInt8], shape: [Int]) {
    add(name, type: .u8, shape: shape, bytes: Data(uint8s))
  }

  private func littleEndian<T: FixedWidthInteger>(_ values: [T]) -> Data {
    values.map(\.littleEndian).withUnsafeBytes { Data($0) }
  }

  /// The tensors' bytes in file order: by descending element size, then by name, so that every tensor is aligned.
  private var ordered: [(name: String, type: SafetensorsType, shape: [Int], bytes: Data)] {
    entries.sorted { ($1.type.size, $0.name) < ($0.type.size, $1.name) }
  }

  /// Name, type and shape of each tensor in the order of their data, those without elements before what follows them, by
  /// name; equal to that of the file when it is read.
  public var layout: [String] {
    var offset = 0
    var places: [(start: Int, end: Int, name: String, line: String)] = []
    for entry in ordered {
      let end = offset + entry.bytes.count
      places.append(
        (offset, end, entry.name, "\(entry.name) \(entry.type.rawValue) \(entry.shape)"))
      offset = end
    }
    return places.sorted { ($0.start, $0.end, $0.name) < ($1.start, $1.end, $1.name) }
      .map(\.line)
  }

  /// Everything after the header.
  public func dataSection() -> Data {
    ordered.reduce(into: Data()) { $0.append($1.bytes) }
  }

  /// The whole file.
  public func serialized() -> Data {
    var offset = 0
    var items: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }
        .map { "\(Self.json($0.key)):\(Self.json($0.value))" }
      items.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    for entry in ordered {
      let end = offset + entry.bytes.count
      let shape = entry.shape.map(String.init).joined(separator: ",")
      items.append(
        "\(Self.json(entry.name)):{\"dtype\":\"\(entry.type.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var header = Data("{\(items.joined(separator: ","))}".utf8)
    header.append(contentsOf: [UInt8](repeating: 32, count: (8 - header.count % 8) % 8))
    var file = littleEndian([UInt64(header.count)])
    file.append(header)
    file.append(dataSection())
    return file
  }

  /// Writes the file atomically.
  ///
  /// - Throws: `ModelFileError.unwritable` naming the step that failed.
  public func write(to path: String) throws(ModelFileError) {
    try AtomicFile.write(serialized(), to: path)
  }

  /// A JSON string literal.
  private static func json(_ text: String) -> String {
    var literal = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": literal += "\\\""
      case "\\": literal += "\\\\"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        literal += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: literal.unicodeScalars.append(scalar)
      }
    }
    return literal + "\""
  }
}

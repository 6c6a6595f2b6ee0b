public import Foundation
public import Tensors

/// Builds a GGUF v3 file.
public struct GGUFWriter: Sendable {
  /// The key/value pairs, written in order of insertion.
  public var metadata = GGUFMetadata()
  private var tensors: [(name: String, shape: [Int], type: ElementType, bytes: Data)] = []
  private let alignment = 32

  /// Starts an empty file.
  public init() {}

  /// Adds a tensor from raw bytes; `shape` in ggml's order, the contiguous extent first.
  public mutating func add(_ name: String, shape: [Int], type: ElementType, bytes: Data) {
    precondition(
      (1...4).contains(shape.count) && shape.allSatisfy { $0 > 0 }
        && shape[0] % type.blockSize == 0, "tensor \(name) has one to four extents of whole blocks")
    precondition(
      type.byteCount(elements: shape.reduce(1, *)) == bytes.count,
      "shape, type and bytes of tensor \(name) disagree")
    precondition(!tensors.contains { $0.name == name }, "tensor \(name) is added twice")
    tensors.append((name, shape, type, bytes))
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
    var file = Data("GGUF".utf8)
    append(UInt32(3), to: &file)
    append(UInt64(tensors.count), to: &file)
    append(UInt64(metadata.keys.count), to: &file)
    for key in metadata.keys {
      append(key, to: &file)
      if let value = metadata[key] { append(value, to: &file) }
    }
    var offset = 0
    for tensor in tensors {
      append(tensor.name, to: &file)
      append(UInt32(tensor.shape.count), to: &file)
      for extent in tensor.shape { append(UInt64(extent), to: &file) }
      append(tensor.type.rawValue, to: &file)
      append(UInt64(offset), to: &file)
      offset = padded(offset + tensor.bytes.count)
    }
    for tensor in tensors {
      file.append(contentsOf: [UInt8](repeating: 0, count: padded(file.count) - file.count))
      file.append(tensor.bytes)
    }
    file.append(contentsOf: [UInt8](repeating: 0, count: padded(file.count) - file.count))
    return file
  }

  /// Writes the file whole or not at all.
  public func write(to path: String) throws(ModelFileError) {
    try AtomicFile.write(serialized(), to: path)
  }

  private func padded(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }

  private func append<T: FixedWidthInteger>(_ value: T, to file: inout Data) {
    withUnsafeBytes(of: value.littleEndian) { file.append(contentsOf: $0) }
  }

  private func append(_ text: String, to file: inout Data) {
    append(UInt64(text.utf8.count), to: &file)
    file.append(contentsOf: text.utf8)
  }

  private func append(_ value: GGUFValue, to file: inout Data) {
    func type(_ type: GGUFValueType) { append(type.rawValue, to: &file) }
    func array(_ element: GGUFValueType, _ count: Int) {
      type(.array)
      type(element)
      append(UInt64(count), to: &file)
    }
    switch value {
    case .unsigned(let number):
      // Readers ask for 32-bit numbers where they fit, as other writers do.
      if let small = UInt32(exactly: number) {
        type(.uint32)
        append(small, to: &file)
      } else {
        type(.uint64)
        append(number, to: &file)
      }
    case .signed(let number):
      if let small = Int32(exactly: number) {
        type(.int32)
        append(small, to: &file)
      } else {
        type(.int64)
        append(number, to: &file)
      }
    case .float(let number):
      if Double(Float(number)) == number || number.isNaN {
        type(.float32)
        append(Float(number).bitPattern, to: &file)
      } else {
        type(.float64)
        append(number.bitPattern, to: &file)
      }
    case .bool(let flag):
      type(.bool)
      append(UInt8(flag ? 1 : 0), to: &file)
    case .string(let text):
      type(.string)
      append(text, to: &file)
    case .unsignedArray(let numbers):
      if numbers.allSatisfy({ $0 <= UInt32.max }) {
        array(.uint32, numbers.count)
        for number in numbers { append(UInt32(number), to: &file) }
      } else {
        array(.uint64, numbers.count)
        for number in numbers { append(number, to: &file) }
      }
    case .signedArray(let numbers):
      if numbers.allSatisfy({ Int32(exactly: $0) != nil }) {
        array(.int32, numbers.count)
        for number in numbers { append(Int32(number), to: &file) }
      } else {
        array(.int64, numbers.count)
        for number in numbers { append(number, to: &file) }
      }
    case .floatArray(let numbers):
      array(.float32, numbers.count)
      for number in numbers { append(number.bitPattern, to: &file) }
    case .boolArray(let flags):
      array(.bool, flags.count)
      for flag in flags { append(UInt8(flag ? 1 : 0), to: &file) }
    case .stringArray(let texts):
      array(.string, texts.count)
      for text in texts { append(text, to: &file) }
    }
  }
}

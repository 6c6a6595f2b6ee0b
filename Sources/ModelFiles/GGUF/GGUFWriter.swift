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
      type.byteCount(elements: shape.reduce(1, *)) == bytes.count,
      "shape, type and bytes of tensor \(name) disagree")
    tensors.append((name, shape, type, bytes))
  }

  /// Adds a tensor from Float32 values, stored as `type`.
  public mutating func add(
    _ name: String, shape: [Int], floats: [Float], type: ElementType = .f32
  ) {
    add(name, shape: shape, type: type, bytes: encode(floats, as: type))
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
      type(.float32)
      append(Float(number).bitPattern, to: &file)
    case .bool(let flag):
      type(.bool)
      append(UInt8(flag ? 1 : 0), to: &file)
    case .string(let text):
      type(.string)
      append(text, to: &file)
    case .unsignedArray(let numbers):
      array(.uint64, numbers.count)
      for number in numbers { append(number, to: &file) }
    case .signedArray(let numbers):
      array(.int32, numbers.count)
      for number in numbers { append(Int32(clamping: number), to: &file) }
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

  /// Float32 values in a storage type; Q8_0 as ggml: scale = max |x| / 127, rounded to the nearest.
  private func encode(_ values: [Float], as type: ElementType) -> Data {
    switch type {
    case .f32: return values.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }
    case .f16: return LinearAlgebra.half(values).map(\.littleEndian).withUnsafeBytes { Data($0) }
    case .bf16:
      let rounded = values.map { value -> UInt16 in
        let bits = value.bitPattern
        return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16).littleEndian
      }
      return rounded.withUnsafeBytes { Data($0) }
    case .q8_0:
      var data = Data()
      for start in stride(from: 0, to: values.count, by: 32) {
        let block = values[start..<min(start + 32, values.count)]
        let scale = block.reduce(0) { max($0, abs($1)) } / 127
        append(LinearAlgebra.half([scale])[0], to: &data)
        for value in block {
          let level = scale > 0 ? (value / scale).rounded(.toNearestOrAwayFromZero) : 0
          data.append(UInt8(bitPattern: Int8(max(-127, min(127, level)))))
        }
      }
      return data
    }
  }
}

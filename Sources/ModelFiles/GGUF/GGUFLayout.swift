import Foundation
public import Tensors

/// The description of a GGUF v3 file: its key/value pairs and its tensors without their data.
///
/// A file is written header first and then tensor by tensor, so that a model larger than memory can be written.
public struct GGUFLayout: Sendable {
  /// The description of one tensor.
  public struct Tensor: Sendable, Equatable {
    /// The name.
    public let name: String
    /// The extents in ggml's order, the contiguous one first.
    public let shape: [Int]
    /// The type of the elements.
    public let type: ElementType
    /// Bytes of data.
    public let byteCount: Int
  }

  /// The key/value pairs, written in order of insertion.
  public var metadata = GGUFMetadata()
  /// The tensors in the file's order.
  public private(set) var tensors: [Tensor] = []
  private var names: Set<ByteString> = []
  private static let alignment = 32

  /// Starts an empty file.
  public init() {}

  /// Adds a tensor; `shape` in ggml's order, the contiguous extent first.
  public mutating func add(_ name: String, shape: [Int], type: ElementType) {
    precondition(
      (1...4).contains(shape.count) && shape.allSatisfy { $0 > 0 }
        && shape[0] % type.blockSize == 0, "tensor \(name) has one to four extents of whole blocks")
    guard let byteCount = type.byteCount(elements: shape.reduce(1, *)) else {
      preconditionFailure("the size of tensor \(name) overflows")
    }
    precondition(names.insert(ByteString(name)).inserted, "tensor \(name) is added twice")
    tensors.append(Tensor(name: name, shape: shape, type: type, byteCount: byteCount))
  }

  /// The aligned offset of data that follow `count` bytes.
  static func padded(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }

  /// Bytes of the whole file.
  public var byteCount: Int {
    tensors.reduce(header().count) { $0 + Self.padded($1.byteCount) }
  }

  /// Everything before the first tensor's data, the padding included.
  func header() -> Data {
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
      offset += Self.padded(tensor.byteCount)
    }
    file.append(Self.padding(after: file.count))
    return file
  }

  /// The padding zeros after `count` bytes.
  static func padding(after count: Int) -> Data { Data(count: padded(count) - count) }

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
      // Numbers that fit are written with 32 bits, as by other writers, since readers expect that.
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

import Foundation

/// Reads the wire format of protocol buffers from untrusted bytes, field by field.
struct ProtoReader {
  /// A field with its number.
  enum Field {
    case varint(UInt64, UInt64)
    case fixed(UInt64, UInt32)
    case bytes(UInt64, Data)
    /// A wire type that none of the needed fields has.
    case other
  }

  private let data: Data
  private let path: String
  private var offset: Int

  init(_ data: Data, path: String) {
    self.data = data
    self.path = path
    offset = data.startIndex
  }

  /// The next field, nil at the end.
  mutating func next() throws(ModelFileError) -> Field? {
    guard offset < data.endIndex else { return nil }
    let tag = try varint()
    let number = tag >> 3
    switch tag & 7 {
    case 0: return .varint(number, try varint())
    case 1:
      _ = try take(8)
      return .other
    case 2:
      let count = try varint()
      guard let count = Int(exactly: count) else { throw damaged() }
      return .bytes(number, try take(count))
    case 5:
      let bytes = try take(4)
      return .fixed(number, bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) })
    default: throw damaged()
    }
  }

  /// The text of a field.
  func text(_ bytes: Data) throws(ModelFileError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw damaged() }
    return text
  }

  private mutating func varint() throws(ModelFileError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard offset < data.endIndex else { throw damaged() }
      let byte = data[offset]
      offset += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw damaged()
  }

  private mutating func take(_ count: Int) throws(ModelFileError) -> Data {
    guard count >= 0, count <= data.endIndex - offset else { throw damaged() }
    defer { offset += count }
    return data[offset..<offset + count]
  }

  private func damaged() -> ModelFileError {
    .malformed(
      path: path, what: "the file is not a sound protocol buffer", offset: offset,
      expected: "a SentencePiece model")
  }
}

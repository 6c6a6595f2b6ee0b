/// Reads little-endian values from untrusted bytes; every read is checked against the real length.
///
/// Names of what is read are for messages only, and built only for a message.
struct ByteReader {
  let bytes: UnsafeRawBufferPointer
  let path: String
  private(set) var offset = 0

  init(_ bytes: UnsafeRawBufferPointer, path: String) {
    self.bytes = bytes
    self.path = path
  }

  var remaining: Int { bytes.count - offset }

  mutating func integer<T: FixedWidthInteger>(
    _ type: T.Type, _ what: @autoclosure () -> String
  ) throws(ModelFileError) -> T {
    try require(MemoryLayout<T>.size, what())
    let value = bytes.loadUnaligned(fromByteOffset: offset, as: T.self)
    offset += MemoryLayout<T>.size
    return T(littleEndian: value)
  }

  mutating func string(
    _ what: @autoclosure () -> String, limit: Int
  ) throws(ModelFileError) -> String {
    let start = offset
    let slice = try rawString(what(), limit: limit)
    guard let text = String(validating: slice, as: UTF8.self) else {
      throw .malformed(
        path: path, what: "\(what()) is not valid UTF-8", offset: start, expected: "UTF-8 text")
    }
    return text
  }

  /// The bytes of a length-prefixed string.
  mutating func rawString(
    _ what: @autoclosure () -> String, limit: Int
  ) throws(ModelFileError) -> UnsafeRawBufferPointer {
    let length = try integer(UInt64.self, "the length of \(what())")
    guard length <= UInt64(limit) else {
      throw .excessive(
        path: path, what: "the length of \(what())", found: length, limit: UInt64(limit))
    }
    try require(Int(length), what())
    defer { offset += Int(length) }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(length)])
  }

  func require(_ count: Int, _ what: @autoclosure () -> String) throws(ModelFileError) {
    guard count <= remaining else {
      throw .truncated(
        path: path, what: what(), offset: offset, needed: count, available: remaining)
    }
  }
}

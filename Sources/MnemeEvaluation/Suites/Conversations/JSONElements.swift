package import Foundation

/// Finds the values of a large JSON file without parsing them: the elements of one list, or consecutive values (JSON
/// Lines).
///
/// Only places are found; every value that is used passes the strict parser. So a file of gigabytes costs one pass over its
/// bytes and no memory.
package enum JSONElements {
  /// The largest number of values.
  package static let maximumCount = 1_000_000
  /// The longest value, bytes.
  package static let maximumLength = 64 << 20

  /// Why a file is refused, and at which value (from 1).
  package struct Failure: Error, Equatable {
    package var element: Int
    package var reason: String
  }

  /// The place of every value.
  package static func ranges(_ data: Data) throws(Failure) -> [Range<Int>] {
    let result = data.withUnsafeBytes { bytes in
      Result { () throws(Failure) in try scan(bytes) }
    }
    return try result.get()
  }

  private static func scan(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var place = 0
    func failure(_ reason: String) -> Failure {
      Failure(element: ranges.count + 1, reason: reason)
    }
    func skipSpace() {
      while place < bytes.count, isSpace(bytes[place]) { place += 1 }
    }
    skipSpace()
    let isList = place < bytes.count && bytes[place] == UInt8(ascii: "[")
    if isList {
      place += 1
      skipSpace()
      if place < bytes.count, bytes[place] == UInt8(ascii: "]") { return [] }
    }
    while isList || place < bytes.count {
      let start = place
      guard let end = end(of: bytes, from: start) else { throw failure("the file breaks off") }
      guard end - start <= maximumLength else { throw failure("it is over 64 MiB long") }
      guard ranges.count < maximumCount else { throw failure("there are too many records") }
      place = end
      skipSpace()
      if isList {
        guard place < bytes.count else { throw failure("the file breaks off") }
        let mark = bytes[place]
        guard mark == UInt8(ascii: ",") || mark == UInt8(ascii: "]") else {
          throw failure("no comma follows it")
        }
        ranges.append(start..<end)
        place += 1
        skipSpace()
        if mark == UInt8(ascii: "]") {
          guard place == bytes.count else { throw failure("something follows the list") }
          return ranges
        }
      } else {
        ranges.append(start..<end)
      }
    }
    return ranges
  }

  /// The end of the object that begins at `start`; `nil` when there is none.
  private static func end(of bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    guard start < bytes.count, bytes[start] == UInt8(ascii: "{") else { return nil }
    var depth = 0
    var place = start
    var isText = false
    while place < bytes.count {
      let byte = bytes[place]
      place += 1
      if isText {
        if byte == UInt8(ascii: "\\") {
          place += 1
        } else if byte == UInt8(ascii: "\"") {
          isText = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isText = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 { return place }
      default: break
      }
    }
    return nil
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
  }
}

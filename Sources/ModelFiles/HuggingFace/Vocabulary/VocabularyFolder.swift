import Foundation

/// Files of a folder, each read whole, none larger than its limit.
struct VocabularyFolder {
  let path: String

  /// The path of a file in the folder.
  func file(_ name: String) -> String { (path as NSString).appendingPathComponent(name) }

  /// The bytes of a file; nil when there is none.
  func contents(_ name: String, limit: Int) throws(ModelFileError) -> Data? {
    let path = file(name)
    let size: Int
    do {
      size = try RegularFile.size(path)
    } catch .missing {
      return nil
    }
    guard size <= limit else {
      throw .excessive(
        path: path, what: "the size in bytes", found: UInt64(size), limit: UInt64(limit))
    }
    return try FileContents.read(path)
  }

  /// The JSON value in a file; nil when there is none.
  func json(_ name: String, limit: Int = 64 << 20) throws(ModelFileError) -> JSONValue? {
    guard let data = try contents(name, limit: limit).map(ByteOrderMark.removed) else { return nil }
    let result = data.withUnsafeBytes { bytes -> Result<JSONValue, JSONParser.Failure> in
      do throws(JSONParser.Failure) {
        return .success(try JSONParser.parse(bytes))
      } catch {
        return .failure(error)
      }
    }
    switch result {
    case .success(let value): return value
    case .failure(let failure):
      throw .malformed(
        path: file(name), what: "the file is not sound JSON: \(failure.what)",
        offset: failure.offset, expected: nil)
    }
  }

  /// The text in a file; nil when there is none.
  func text(_ name: String, limit: Int) throws(ModelFileError) -> String? {
    guard let data = try contents(name, limit: limit).map(ByteOrderMark.removed) else { return nil }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw .malformed(
        path: file(name), what: "the file is not valid UTF-8", offset: nil, expected: "UTF-8 text")
    }
    return text
  }
}

extension JSONValue {
  /// The member of an object; nil when absent, null, or when this is no object.
  func member(_ name: String) -> JSONValue? {
    guard let value = object?.first(where: { $0.name == name })?.value, value != .null else {
      return nil
    }
    return value
  }

  var boolean: Bool? { if case .bool(let flag) = self { flag } else { nil } }

  /// Any number as the nearest `Float`.
  var float: Float? {
    switch self {
    case .integer(let number): Float(number)
    case .number(let text): Float(text)
    default: nil
    }
  }
}

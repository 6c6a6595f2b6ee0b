import Foundation
import Mneme
import ModelFiles

/// Files that a user gives to a suite.
enum SuiteFile {
  /// The largest file that is read, bytes.
  static let limit = 4 << 30

  /// The bytes of a file, without a byte order mark.
  static func data(_ path: String) throws(EvaluationError) -> Data {
    let url = URL(fileURLWithPath: path)
    do {
      let values = try url.resourceValues(forKeys: [.isRegularFileKey, .fileSizeKey])
      // A pipe or a device may never end.
      guard values.isRegularFile == true else {
        throw EvaluationError.unreadable(path: path, reason: "it is not a file")
      }
      guard let size = values.fileSize, size <= limit else {
        throw EvaluationError.unreadable(path: path, reason: "it is over 4 GiB large")
      }
      // Truncating a mapped file crashes the process, so only very large files are mapped.
      let data = try Data(contentsOf: url, options: size > 256 << 20 ? .mappedIfSafe : [])
      guard !ByteOrderMark.isWide(data) else { throw EvaluationError.wideText(path: path) }
      return ByteOrderMark.removed(from: data)
    } catch let error as EvaluationError {
      throw error
    } catch {
      throw .unreadable(path: path, reason: reason(error))
    }
  }

  /// The text of a file, or of its first `most` bytes.
  static func text(_ path: String, most: Int = .max) throws(EvaluationError) -> String {
    let whole = try data(path)
    var bytes = whole.prefix(most)
    if bytes.count < whole.count {
      // A character that was split by the cut is left out.
      while let last = bytes.last, last & 0xc0 == 0x80 { bytes = bytes.dropLast() }
      if let last = bytes.last, last >= 0xc0 { bytes = bytes.dropLast() }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .invalidUTF8(path: path, offset: firstInvalidByte(bytes))
    }
    return text
  }

  private static func reason(_ error: any Error) -> String {
    switch (error as? CocoaError)?.code {
    case .fileReadNoSuchFile, .fileNoSuchFile: "there is no such file"
    case .fileReadNoPermission: "permission denied"
    default: "it cannot be opened"
    }
  }

  private static func firstInvalidByte(_ bytes: Data) -> Int {
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var offset = 0
    while case .valid(let scalar) = parser.parseScalar(from: &iterator) { offset += scalar.count }
    return offset
  }
}

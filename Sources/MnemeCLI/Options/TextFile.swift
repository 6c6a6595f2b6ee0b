package import Foundation
import Mneme

/// Text files: read whole, as UTF-8, nothing guessed.
package enum TextFile {
  /// Larger files are refused; what is learned or measured is streamed from a file this size or less.
  package static let maximumSize = 1 << 30

  /// What a file that is learned is called in the provenance: its path as it was typed, relative or not, so that two files
  /// of one name are two sources.
  package static func source(of path: String) -> String { path == "-" ? "stdin" : path }

  /// The text of a file; `-` reads standard input.
  ///
  /// - Throws: `EvaluationError` for what cannot be read or is not UTF-8, with the offset.
  package static func read(_ path: String) throws -> String {
    let data = try bytes(of: path)
    guard let text = String(validating: data, as: UTF8.self) else {
      throw EvaluationError.invalidUTF8(path: path, offset: firstInvalidByte(data))
    }
    return text
  }

  /// The text of an argument, which `-` takes from standard input, or that of a file where one was named instead.
  package static func text(_ argument: String?, orFile file: String? = nil) throws -> String {
    if let file { return try read(file) }
    return try argument == "-" ? read("-") : argument ?? ""
  }

  /// The bytes of a file of text, without a byte order mark; `-` reads standard input.
  ///
  /// - Throws: `EvaluationError` for a file that cannot be read or is UTF-16, `StreamError` for such a standard input.
  package static func bytes(of path: String) throws -> Data {
    let data = try path == "-" ? standardInput() : contents(of: path)
    guard !ByteOrderMark.isWide(data) else {
      throw path == "-" ? StreamError.wideText : EvaluationError.wideText(path: path) as any Error
    }
    return ByteOrderMark.removed(from: data)
  }

  private static func standardInput() throws(StreamError) -> Data {
    var data = Data()
    while true {
      let bytes = try StandardStreams.input()
      if bytes.isEmpty { return data }
      data.append(bytes)
      guard data.count <= maximumSize else { throw .tooLong(limit: maximumSize) }
    }
  }

  private static func contents(of path: String) throws -> Data {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw EvaluationError.unreadable(path: path, reason: message(errno))
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw EvaluationError.unreadable(path: path, reason: "it is a directory")
    }
    guard status.st_size <= maximumSize else {
      throw EvaluationError.unreadable(path: path, reason: "it is over 1 GiB large")
    }
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw EvaluationError.unreadable(path: path, reason: message(errno))
    }
  }

  private static func message(_ code: Int32) -> String {
    String(cString: strerror(code)).lowercased()
  }

  /// Offset of the first byte that cannot be part of UTF-8.
  private static func firstInvalidByte(_ data: Data) -> Int {
    var parser = Unicode.UTF8.ForwardParser()
    var bytes = data.makeIterator()
    var offset = 0
    while case .valid(let scalar) = parser.parseScalar(from: &bytes) { offset += scalar.count }
    return offset
  }
}

import Foundation

/// Errors of opening, reading or writing a file.
public enum ModelFileError: MnemeError, Equatable {
  case missing(path: String)
  case isDirectory(path: String)
  case notRegular(path: String)
  case empty(path: String)
  case unreadable(path: String, code: Int32)
  case unwritable(path: String, operation: String, code: Int32)
  /// Another process, or another part of this one, holds the file for writing.
  case locked(path: String, process: Int32?)
  /// The file is not the one that was read or written last.
  case changedOnDisk(path: String)
  /// The file does not start with its format's magic bytes.
  case wrongMagic(path: String, format: String, found: [UInt8])
  case unsupportedVersion(path: String, format: String, found: UInt64, expected: String)
  /// The file ends before a part that it declares.
  case truncated(path: String, what: String, offset: Int, needed: Int, available: Int)
  /// A count or length beyond the limit for valid files.
  case excessive(path: String, what: String, found: UInt64, limit: UInt64)
  /// Bytes that break the format's rules.
  case malformed(path: String, what: String, offset: Int?, expected: String?)
  case duplicate(path: String, what: String, name: String)
  /// A tensor type this version does not read.
  case unsupportedTensorType(path: String, tensor: String, type: String)
  case missingTensor(path: String, name: String)
  case wrongTensor(path: String, name: String, found: String, expected: String)
  case missingMetadata(path: String, key: String)
  /// A rule of the safetensors format that a file breaks.
  case safetensors(path: String, SafetensorsFault)
  /// The reason why a Hugging Face folder cannot be opened.
  case huggingFace(path: String, HuggingFaceFault)

  public var explanation: ErrorExplanation {
    switch self {
    case .missing(let path):
      .init(what: "there is no such file", location: path, hint: "check the path")
    case .isDirectory(let path):
      .init(what: "this is a directory", location: path, expected: "a file")
    case .notRegular(let path):
      .init(what: "this is not a regular file", location: path, expected: "a file")
    case .empty(let path):
      .init(what: "the file is empty", location: path)
    case .unreadable(let path, let code):
      .init(what: "the file cannot be read (\(systemMessage(code)))", location: path)
    case .unwritable(let path, let operation, let code):
      .init(
        what: "the file cannot be written (\(operation): \(systemMessage(code)))", location: path,
        hint: "check permissions and free space")
    case .locked(let path, let process):
      .init(
        what: "\(holder(process)) has the file open for writing", location: path,
        hint: "end that first, or open it for reading only, as \(path):ro")
    case .changedOnDisk(let path):
      .init(
        what: "the file was changed by someone else since it was read, and was not overwritten",
        location: path, expected: "the file as it was read or saved last",
        hint: "save under another name, or attach it again to go on with what it holds now")
    case .wrongMagic(let path, let format, let found):
      .init(
        what: "this is not a \(format) file", location: path,
        expected: "\(format) at its start, not \(printable(found))")
    case .unsupportedVersion(let path, let format, let found, let expected):
      .init(
        what: "\(format) version \(found) is not supported", location: path, expected: expected)
    case .truncated(let path, let what, let offset, let needed, let available):
      .init(
        what: "the file ends inside \(what)", location: "\(path), byte \(offset)",
        expected: "\(needed) bytes where \(max(0, available)) are left",
        hint: "the file may be a partial download")
    case .excessive(let path, let what, let found, let limit):
      .init(
        what: "\(what) is \(found), more than any sane file holds", location: path,
        expected: "at most \(limit)", hint: "the file is damaged or not what it claims to be")
    case .malformed(let path, let what, let offset, let expected):
      .init(
        what: what, location: offset.map { "\(path), byte \($0)" } ?? path, expected: expected)
    case .duplicate(let path, let what, let name):
      .init(what: "\(what) \(quoted(name)) occurs twice", location: path)
    case .unsupportedTensorType(let path, let tensor, let type):
      .init(
        what: "tensor \(quoted(tensor)) has type \(type), which is not supported", location: path,
        expected:
          "F32, F16, BF16, Q8_0, Q4_0 to Q5_1, Q2_K to Q6_K, IQ3_S, IQ4_XS, IQ4_NL or MXFP4",
        hint: "convert the model to one of them")
    case .missingTensor(let path, let name):
      .init(what: "tensor \(quoted(name)) is missing", location: path)
    case .wrongTensor(let path, let name, let found, let expected):
      .init(
        what: "tensor \(quoted(name)) is \(found)", location: path, expected: expected)
    case .missingMetadata(let path, let key):
      .init(what: "the key \(quoted(key)) is missing", location: path)
    case .safetensors(let path, let fault):
      .init(
        what: fault.explanation.what, location: path, expected: fault.explanation.expected,
        hint: "the file is damaged or is no safetensors file")
    case .huggingFace(let path, let fault):
      .init(
        what: fault.explanation.what, location: path, expected: fault.explanation.expected,
        hint: fault.explanation.hint)
    }
  }
}

private func holder(_ process: Int32?) -> String {
  guard let process else { return "another process" }
  return process == ProcessInfo.processInfo.processIdentifier
    ? "this process" : "another process (\(process))"
}

/// Text from a file, shortened and without control characters, in quotation marks.
package func quoted(_ text: String) -> String {
  let shown = text.unicodeScalars.prefix(80).map { scalar in
    scalar.value < 32 || scalar.value == 127 ? "?" : String(scalar)
  }
  return "'" + shown.joined() + (text.unicodeScalars.count > 80 ? "..." : "") + "'"
}

private func printable(_ bytes: [UInt8]) -> String {
  bytes.map { byte in
    let digits = String(byte, radix: 16)
    return digits.count == 1 ? "0" + digits : digits
  }.joined(separator: " ")
}

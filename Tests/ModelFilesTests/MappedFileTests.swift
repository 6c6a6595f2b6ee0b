import Foundation
import ModelFiles
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct MappedFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func theWholeFileIsThere() throws {
    let path = try folder.write(Data([1, 2, 3, 250]), as: "bytes")
    let file = try MappedFile(path: path)
    #expect(Array(file.bytes) == [1, 2, 3, 250])
    #expect(file.path == path)
  }

  @Test func bytesOutliveTheFilesName() throws {
    let path = try folder.write(Data(repeating: 7, count: 100_000), as: "bytes")
    let file = try MappedFile(path: path)
    try FileManager.default.removeItem(atPath: path)
    #expect(file.bytes.allSatisfy { $0 == 7 })
  }

  @Test func whatIsNoFileIsRefusedByName() throws {
    let missing = folder.path("missing")
    #expect(failure { _ = try MappedFile(path: missing) } == .missing(path: missing))
    let directory = folder.url.path
    #expect(failure { _ = try MappedFile(path: directory) } == .isDirectory(path: directory))
    let empty = try folder.write(Data(), as: "empty")
    #expect(failure { _ = try MappedFile(path: empty) } == .empty(path: empty))
    let below = empty + "/below"
    #expect(failure { _ = try MappedFile(path: below) } == .unreadable(path: below, code: ENOTDIR))
    #expect(failure { _ = try MappedFile(path: "") } == .missing(path: ""))
  }

  @Test func aPipeIsRefusedWithoutWaitingForAWriter() throws {
    let pipe = folder.path("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(failure { _ = try MappedFile(path: pipe) } == .notRegular(path: pipe))
    #expect(failure { _ = try MappedFile(path: "/dev/null") } == .notRegular(path: "/dev/null"))
  }

  @Test func everyErrorSaysWhatAndWhere() throws {
    let errors: [ModelFileError] = [
      .missing(path: "/x"), .isDirectory(path: "/x"), .notRegular(path: "/x"), .empty(path: "/x"),
      .unreadable(path: "/x", code: EACCES), .unwritable(path: "/x", operation: "sync", code: EIO),
      .wrongMagic(path: "/x", format: "GGUF", found: [0xff, 0x0a]),
      .unsupportedVersion(path: "/x", format: "GGUF", found: 9, expected: "3"),
      .truncated(path: "/x", what: "a key", offset: 3, needed: 8, available: -1),
      .excessive(path: "/x", what: "the number of keys", found: 1 << 63, limit: 10),
      .malformed(path: "/x", what: "broken", offset: nil, expected: nil),
      .duplicate(path: "/x", what: "the key", name: "a\u{1b}[31m"),
      .unsupportedTensorType(path: "/x", tensor: "t", type: "Q4_K (12)"),
      .missingTensor(path: "/x", name: "t"), .missingMetadata(path: "/x", key: "k"),
      .wrongTensor(path: "/x", name: "t", found: "F16", expected: "F32"),
    ]
    for error in errors {
      let explanation = error.explanation
      #expect(!explanation.what.isEmpty)
      #expect(!explanation.what.hasSuffix("."))
      #expect(explanation.location?.hasPrefix("/x") == true)
      #expect(!explanation.what.contains("\u{1b}"), "no control characters from files")
    }
    let magic = ModelFileError.wrongMagic(path: "/x", format: "GGUF", found: [0xff, 0x0a])
    #expect(magic.explanation.expected?.contains("ff 0a") == true)
  }
}

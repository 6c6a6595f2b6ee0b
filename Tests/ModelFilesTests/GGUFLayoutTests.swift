import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing

/// Files written header first and then tensor by tensor.
@Suite struct GGUFLayoutTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var names: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()) ?? []
  }

  /// The layout of the sample file and the bytes of its tensors.
  private func sample() throws -> (layout: GGUFLayout, contents: [Data], whole: Data) {
    let path = folder.path("sample")
    let whole = sampleGGUF().serialized()
    try whole.write(to: URL(fileURLWithPath: path))
    let file = try ModelFile.open(path)
    var layout = GGUFLayout()
    layout.metadata = sampleGGUF().metadata
    for tensor in file.tensors {
      layout.add(tensor.name, shape: tensor.shape, type: tensor.type)
    }
    let contents = file.tensors.map { Data($0.bytes) }
    try FileManager.default.removeItem(atPath: path)
    return (layout, contents, whole)
  }

  @Test(
    "The same bytes as a file built in memory, whatever the pieces", arguments: [1, 7, 1 << 20])
  func sameBytes(piece: Int) throws {
    let (layout, contents, whole) = try sample()
    let path = folder.path("a.gguf")
    var index = 0
    let size = try layout.write(to: path) { tensor, output in
      let bytes = contents[index]
      #expect(tensor.byteCount == bytes.count)
      for start in stride(from: 0, to: bytes.count, by: piece) {
        let part = bytes[start..<min(start + piece, bytes.count)]
        try part.withUnsafeBytes { try output.append($0) }
      }
      index += 1
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == whole)
    #expect(size == whole.count && layout.byteCount == whole.count)
    #expect(names == ["a.gguf"])
  }

  @Test("What throws leaves the old file and nothing else")
  func failureInBetween() throws {
    let (layout, contents, _) = try sample()
    let path = folder.path("a.gguf")
    try Data("before".utf8).write(to: URL(fileURLWithPath: path))
    for failing in 0..<contents.count {
      var index = 0
      #expect(throws: CancellationError.self) {
        try layout.write(to: path) { _, output in
          if index == failing {
            try contents[index].prefix(3).withUnsafeBytes { try output.append($0) }
            // While it is written, the file lies beside the old one.
            #expect(names.count == 2)
            throw CancellationError()
          }
          try contents[index].withUnsafeBytes { try output.append($0) }
          index += 1
        }
      }
      #expect(names == ["a.gguf"])
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("before".utf8))
  }

  @Test("A target that cannot be written is named, and no tensor is asked for")
  func unwritable() throws {
    let (layout, _, _) = try sample()
    var paths = [folder.path("absent/a.gguf"), "/proc/mneme.gguf"]
    // The superuser may write anywhere.
    if geteuid() != 0 {
      let closed = folder.path("closed")
      try FileManager.default.createDirectory(
        atPath: closed, withIntermediateDirectories: false,
        attributes: [.posixPermissions: 0o555])
      paths.append(closed + "/a.gguf")
    }
    for path in paths {
      let error = failure {
        try layout.write(to: path) { _, _ in Issue.record("asked for a tensor") }
      }
      guard case .unwritable(path, _, _) = error else {
        Issue.record("\(path): \(String(describing: error))")
        continue
      }
    }
    let taken = folder.path("taken")
    try FileManager.default.createDirectory(atPath: taken, withIntermediateDirectories: false)
    #expect(failure { try layout.write(to: taken) { _, _ in } } == .isDirectory(path: taken))
  }
}

import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing

/// Files whose names are canonically equal are two files.
@Suite("Paths that are canonically equal")
struct CanonicalPathTests {
  let folder: TemporaryFolder
  let paths: [String]

  init() throws {
    folder = try TemporaryFolder()
    let place = folder
    paths = CanonicalPair.both.map { place.path($0) }
  }

  private func contents() throws -> [String] {
    try paths.map {
      String(decoding: try Data(contentsOf: URL(fileURLWithPath: $0)), as: UTF8.self)
    }
  }

  @Test("The bytes of a name reach the file system unchanged")
  func names() throws {
    for path in paths { try AtomicFile.write(Data("x".utf8), to: path) }
    let found = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(Set(found.map(ByteString.init(_:))) == Set(CanonicalPair.both.map(ByteString.init(_:))))
  }

  @Test("Who holds one file does not hold the other, and writes to its own")
  func hold() throws {
    for path in paths { try AtomicFile.write(Data("old".utf8), to: path) }
    let first = try FileHold(paths[0], forWriting: true)
    #expect(first.isHold(of: paths[0]))
    #expect(!first.isHold(of: paths[1]))
    // Both can be held at once.
    let second = try FileHold(paths[1], forWriting: true)
    try first.replace(with: Data("first".utf8), keepingHistory: true)
    #expect(try contents() == ["first", "old"])
    try second.replace(with: Data("second".utf8), keepingHistory: true)
    #expect(try contents() == ["first", "second"])
  }

  @Test("Each has its own history; dropping one leaves the other")
  func history() throws {
    let holds = try paths.map { try FileHold($0, forWriting: true) }
    for text in ["1", "2", "3"] {
      for hold in holds { try hold.replace(with: Data(text.utf8), keepingHistory: true) }
    }
    #expect(paths.map { FileHistory.versions(of: $0, .undo).count } == [2, 2])
    for (path, name) in zip(paths, CanonicalPair.both) {
      for version in FileHistory.versions(of: path, .undo) {
        #expect(ByteString(version).lastPathComponent.hasPrefix(ByteString(name)))
        #expect(FileManager.default.fileExists(atPath: version))
      }
    }
    // What is forgotten in one file keeps no version of it, and every version of the other.
    try holds[0].replace(with: Data("4".utf8), keepingHistory: false)
    #expect(paths.map { FileHistory.versions(of: $0, .undo).count } == [0, 2])
    #expect(try holds[1].step(.undo))
    #expect(try contents() == ["4", "2"])
  }

  @Test("A file name that begins with another's by character alone is not its version")
  func neighbours() throws {
    // "a.undo" with an accent on the dot: no character of it is ".", but its bytes begin so.
    let path = folder.path("a")
    let hold = try FileHold(path, forWriting: true)
    for text in ["1", "2"] { try hold.replace(with: Data(text.utf8), keepingHistory: true) }
    let odd = try folder.write(Data("odd".utf8), as: "a.\u{301}undo")
    try hold.replace(with: Data("3".utf8), keepingHistory: false)
    #expect(FileManager.default.fileExists(atPath: odd))
    #expect(FileHistory.versions(of: path, .undo).isEmpty)
  }

  @Test("A model's tensors and keys whose names are canonically equal are two")
  func tensors() throws {
    var writer = GGUFWriter()
    for (index, name) in CanonicalPair.both.enumerated() {
      writer.metadata[name] = .unsigned(UInt64(index))
      writer.add(name, shape: [2], floats: [Float(index), 0])
    }
    let path = folder.path("model.gguf")
    try writer.write(to: path)
    let file = try ModelFile.open(path)
    #expect(file.tensors.count == 2)
    #expect(file.metadata.keys.count == 2)
    for (index, name) in CanonicalPair.both.enumerated() {
      #expect(file.metadata.integer(name) == index)
      let tensor = try #require(file.tensor(name))
      #expect(tensor.bytes.loadUnaligned(as: Float.self) == Float(index))
    }
    // Taking one key away leaves the other.
    writer.metadata[CanonicalPair.composed] = nil
    #expect(writer.metadata.keys.map(ByteString.init(_:)) == [ByteString(CanonicalPair.decomposed)])
  }
}

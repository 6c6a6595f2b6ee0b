import Foundation
import ModelFiles
import TestSupport
import Testing

/// Undo and redo over several versions.
@Suite("Versions beside a file")
struct FileHistoryTests {
  let folder: TemporaryFolder
  let path: String
  let hold: FileHold

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path("a.mneme")
    hold = try FileHold(path, forWriting: true)
  }

  private func save(_ number: Int, size: Int = 8, keeps: Bool = true) throws {
    try hold.replace(
      with: Data("\(number)".utf8) + Data(repeating: 32, count: size), keepingHistory: keeps)
  }

  private func current() throws -> Int? {
    let text = String(
      decoding: try Data(contentsOf: URL(fileURLWithPath: path)).prefix(8), as: UTF8.self)
    return Int(text.trimmingCharacters(in: .whitespaces))
  }

  private var names: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()) ?? []
  }

  @Test("Back as far as eight versions, forth again, and the same in between")
  func walk() throws {
    for number in 0..<12 { try save(number) }
    #expect(FileHistory.versions(of: path, .undo).count == FileHistory.maximumVersions)
    for number in (3..<11).reversed() {
      #expect(try hold.step(.undo))
      #expect(try current() == number)
    }
    #expect(try !hold.step(.undo))
    for number in 4..<12 {
      #expect(try hold.step(.redo))
      #expect(try current() == number)
    }
    #expect(try !hold.step(.redo))
    #expect(names.count == 9)
  }

  @Test("Names a person understands, the highest number the latest")
  func naming() throws {
    for number in 0..<4 { try save(number) }
    _ = try hold.step(.undo)
    #expect(names == ["a.mneme", "a.mneme.redo", "a.mneme.undo", "a.mneme.undo.2"])
    #expect(
      FileHistory.versions(of: path, .undo).map { ($0 as NSString).lastPathComponent }
        == ["a.mneme.undo.2", "a.mneme.undo"])
  }

  @Test("A write after undo takes the place of what was undone; forgetting takes everything")
  func branch() throws {
    for number in 0..<5 { try save(number) }
    for _ in 0..<3 { _ = try hold.step(.undo) }
    try save(9)
    #expect(FileHistory.versions(of: path, .redo).isEmpty)
    #expect(try hold.step(.undo))
    #expect(try current() == 1)
    try save(10, keeps: false)
    #expect(names == ["a.mneme"])
    #expect(try !hold.step(.undo))
  }

  @Test("Versions are bounded in bytes; the latest stays however large")
  func bytes() throws {
    let half = FileHistory.maximumBytes / 2
    let sizes = [half, half, half, half + 1, 3 * FileHistory.maximumBytes]
    for (number, size) in sizes.enumerated() {
      // Sparse: only the length is large.
      let own = try FileHold(folder.path("c.mneme"), forWriting: false)
      try own.replace(with: Data("\(number)".utf8), keepingHistory: true)
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.path("c.mneme")))
      try handle.truncate(atOffset: UInt64(size))
      try handle.close()
    }
    try FileHold(folder.path("c.mneme"), forWriting: false)
      .replace(with: Data(), keepingHistory: true)
    let kept = FileHistory.versions(of: folder.path("c.mneme"), .undo).map {
      (try? FileManager.default.attributesOfItem(atPath: $0)[.size] as? Int) ?? -1
    }
    #expect(kept == [3 * FileHistory.maximumBytes, half + 1])
  }

  @Test("Other people's files of like names stay")
  func strangers() throws {
    let others = [
      "a.mneme.undo.0", "a.mneme.undo.1", "a.mneme.undo.02", "a.mneme.undo.x", "a.mneme.undone",
      "a.mneme.undo.99999999999999999999", "a.mneme.tmp-1", "a.mneme.tmp-abc_ef", "b.mneme.undo",
    ]
    for name in others { _ = try folder.write(Data([7]), as: name) }
    for number in 0..<3 { try save(number) }
    try save(3, keeps: false)
    #expect(names == (others + ["a.mneme"]).sorted())
  }
}

import Foundation
import ModelFiles
import Synchronization
import TestSupport
import Testing

/// Counts calls from any thread.
final class Counter: Sendable {
  private let value = Mutex(0)

  var count: Int { value.withLock { $0 } }

  func next() -> Int {
    value.withLock {
      $0 += 1
      return $0
    }
  }
}

/// A full disk, a folder that is gone, permission withdrawn: one error, the old file whole, and later it works.
@Suite("Failures of replacing a file")
struct FailureTests {
  let folder: TemporaryFolder
  let path: String
  let old = Data("old".utf8)
  let new = Data("new, longer".utf8)

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path("a.mneme")
  }

  private var names: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()) ?? []
  }

  private func content() -> Data? { try? Data(contentsOf: URL(fileURLWithPath: path)) }

  @Test(
    "Every call fails once, with each reason",
    arguments: [ENOSPC, EIO, EACCES, EROFS, EDQUOT], [true, false])
  func everyCall(code: Int32, keeps: Bool) throws {
    try old.write(to: URL(fileURLWithPath: path))
    var failures = 0
    for number in 1... {
      let hold = try FileHold(path, forWriting: true)
      let calls = Counter()
      var operations = FileOperations()
      operations.longestWrite = 4
      operations.before = { _ in calls.next() == number ? code : 0 }
      let error = FileOperations.$current.withValue(operations) {
        failure { try hold.replace(with: new, keepingHistory: keeps) }
      }
      if calls.count < number { break }
      #expect(!names.contains { $0.contains(".tmp-") }, "call \(number)")
      if let error {
        failures += 1
        guard case .unwritable(path: _, operation: let operation, code: code) = error else {
          Issue.record("call \(number): \(error)")
          continue
        }
        #expect(content() == (operation == "sync the folder" && content() == new ? new : old))
        #expect(!error.explanation.what.isEmpty && !error.explanation.what.contains("\n"))
      }
      // Tried again it works, with the same hold.
      try hold.replace(with: new, keepingHistory: keeps)
      #expect(content() == new)
      hold.release()
      try FileHold(path, forWriting: false).replace(with: old, keepingHistory: false)
      #expect(names == ["a.mneme"])
    }
    #expect(failures >= 6, "check, create, three writes, permissions, sync, close, rename")
  }

  @Test(
    "A disk that is really full", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func realDevice() throws {
    // The device itself is no regular file to be replaced; writing to it gives the system's own answer.
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: "/dev/full"))
    #expect(throws: (any Error).self) { try handle.write(contentsOf: new) }
    #expect(
      failure {
        try FileHold("/dev/full/a", forWriting: true).replace(with: new, keepingHistory: true)
      } != nil)
  }

  @Test("A folder removed meanwhile, and made again")
  func removedFolder() throws {
    let inner = folder.path("inner")
    let place = inner + "/a.mneme"
    try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: false)
    try old.write(to: URL(fileURLWithPath: place))
    let hold = try FileHold(place, forWriting: true)
    try FileManager.default.removeItem(atPath: inner)
    let error = failure { try hold.replace(with: new, keepingHistory: true) }
    #expect(error == .unwritable(path: place, operation: "create a file beside it", code: ENOENT))
    try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: false)
    try hold.replace(with: new, keepingHistory: true)
    #expect(try Data(contentsOf: URL(fileURLWithPath: place)) == new)
  }

  @Test("Permission taken away between load and save", .enabled(if: getuid() != 0))
  func withdrawn() throws {
    try old.write(to: URL(fileURLWithPath: path))
    let hold = try FileHold(path, forWriting: true)
    for (place, mode, back) in [(path, 0o400, 0o600), (folder.url.path, 0o500, 0o700)] {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: place)
      #expect(failure { try hold.replace(with: new, keepingHistory: true) } != nil)
      try FileManager.default.setAttributes([.posixPermissions: back], ofItemAtPath: place)
      #expect(content() == old && names == ["a.mneme"])
    }
    try hold.replace(with: new, keepingHistory: true)
  }

  @Test("A directory and a link that leads nowhere are refused; a link is followed")
  func strangePlaces() throws {
    let directory = folder.path("directory")
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    #expect(
      failure {
        try FileHold(directory, forWriting: false).replace(with: new, keepingHistory: true)
      }
        == .isDirectory(path: directory))
    let lost = folder.path("lost")
    try FileManager.default.createSymbolicLink(
      atPath: lost, withDestinationPath: folder.path("nowhere"))
    #expect(
      failure { _ = try FileHold(lost, forWriting: true) }
        == .unwritable(path: lost, operation: "follow the link", code: ENOENT))
    try old.write(to: URL(fileURLWithPath: path))
    let link = folder.path("link.mneme")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    let hold = try FileHold(link, forWriting: true)
    #expect(hold.isHold(of: path) && hold.isHold(of: link))
    try hold.replace(with: new, keepingHistory: true)
    #expect(content() == new)
    #expect(names == ["a.mneme", "a.mneme.undo", "directory", "link.mneme", "lost"])
    #expect(failure { _ = try FileHold(path, forWriting: true) } != nil, "one lock, two names")
  }

  @Test("A new file is its owner's alone; an existing one keeps its mode, versions too")
  func modes() throws {
    func mode(_ name: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: folder.path(name))[.posixPermissions] as? Int
    }
    let hold = try FileHold(path, forWriting: true)
    try hold.replace(with: old, keepingHistory: true)
    #expect(try mode("a.mneme") == 0o600)
    try hold.replace(with: new, keepingHistory: true)
    #expect(try mode("a.mneme.undo") == 0o600)
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    try hold.replace(with: old, keepingHistory: true)
    #expect(try mode("a.mneme") == 0o640)
  }

  @Test("Where there are no links, keeping history copies")
  func noLinks() throws {
    var operations = FileOperations()
    operations.before = { if case .link = $0 { EPERM } else { 0 } }
    try FileOperations.$current.withValue(operations) {
      let hold = try FileHold(path, forWriting: true)
      try hold.replace(with: old, keepingHistory: true)
      try hold.replace(with: new, keepingHistory: true)
      #expect(names == ["a.mneme", "a.mneme.undo"])
      #expect(try hold.step(.undo))
      #expect(content() == old)
      #expect(try hold.step(.redo))
      #expect(content() == new)
    }
  }
}

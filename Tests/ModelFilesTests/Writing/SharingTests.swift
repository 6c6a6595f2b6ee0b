#if os(Linux)
  import Foundation
  import ModelFiles
  import TestSupport
  import Testing

  /// Several processes at one file: nobody's work is lost.
  @Suite("Several processes at one file", .serialized)
  struct SharingTests {
    static let counting = "MNEME_TEST_COUNT_IN"
    static let making = "MNEME_TEST_MAKE"

    private static func argument(_ name: String) -> String? {
      ProcessInfo.processInfo.environment[name]
    }

    @Test("The process that counts", .enabled(if: argument(counting) != nil))
    func counter() throws {
      let path = try #require(Self.argument(Self.counting))
      var left = 40
      let deadline = ContinuousClock.now + .seconds(60)
      while left > 0, ContinuousClock.now < deadline {
        do throws(ModelFileError) {
          let hold = try FileHold(path, forWriting: true)
          let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
          let number = text.isEmpty ? 0 : Int(text) ?? -1_000_000
          try hold.replace(with: Data("\(number + 1)".utf8), keepingHistory: left % 3 == 0)
          left -= 1
        } catch {
          switch error {
          case .locked, .changedOnDisk: usleep(500)
          default: throw error
          }
        }
      }
      #expect(left == 0)
    }

    @Test("Four processes count in one file, which none of them has first; every count counts")
    func count() throws {
      let folder = try TemporaryFolder()
      let path = folder.path("count")
      let processes = try (0..<4).map { _ in
        try OtherProcess.start("SharingTests/counter", Self.counting, path)
      }
      for process in processes {
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
      }
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "160")
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      #expect(!left.contains { $0.contains(".tmp-") })
    }

    @Test("A file nobody has yet is made once: the second to save is refused")
    func creation() throws {
      let folder = try TemporaryFolder()
      let path = folder.path("new")
      let first = try FileHold(path, forWriting: true)
      let second = try FileHold(path, forWriting: true)
      try first.replace(with: Data("first".utf8), keepingHistory: true)
      #expect(
        failure { try second.replace(with: Data("second".utf8), keepingHistory: true) } != nil)
      first.release()
      #expect(
        failure { try second.replace(with: Data("second".utf8), keepingHistory: true) }
          == .changedOnDisk(path: path))
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "first")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["new"])
    }

    @Test("Within a process too: one holder at a time, named, and readers need nothing")
    func oneProcess() throws {
      let folder = try TemporaryFolder()
      let path = try folder.write(Data("x".utf8), as: "a")
      var first: FileHold? = try FileHold(path, forWriting: true)
      let error = failure { _ = try FileHold(path, forWriting: true) }
      #expect(
        error == .locked(path: path, process: ProcessInfo.processInfo.processIdentifier)
          || error == .locked(path: path, process: nil))
      #expect(error?.explanation.hint?.contains("\(path):ro") == true)
      let reader = try FileHold(path, forWriting: false)
      try first?.replace(with: Data("y".utf8), keepingHistory: true)
      #expect(failure { _ = try FileHold(path, forWriting: true) } != nil, "the new file too")
      #expect(failure { try reader.replace(with: Data("z".utf8), keepingHistory: true) } != nil)
      first = nil
      // The reader has seen the old file, so that it may not replace the new one.
      #expect(
        failure { try reader.replace(with: Data("z".utf8), keepingHistory: true) }
          == .changedOnDisk(path: path))
      _ = try FileHold(path, forWriting: true)
    }

    @Test("A file changed by a program that asks for no lock is not written over")
    func foreignChange() throws {
      let folder = try TemporaryFolder()
      let path = try folder.write(Data("x".utf8), as: "a")
      let hold = try FileHold(path, forWriting: true)
      try Data("theirs".utf8).write(to: URL(fileURLWithPath: path))
      #expect(
        failure { try hold.replace(with: Data("ours".utf8), keepingHistory: false) }
          == .changedOnDisk(path: path))
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "theirs")
      // Gone altogether it is made again: then nothing can be lost.
      try FileManager.default.removeItem(atPath: path)
      try hold.replace(with: Data("ours".utf8), keepingHistory: false)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "ours")
    }
  }
#endif

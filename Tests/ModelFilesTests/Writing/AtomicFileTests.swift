import Foundation
import ModelFiles
import TestSupport
import Testing

@Suite struct AtomicFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var names: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()) ?? []
  }

  private func permissions(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test func aFileIsCreatedAndReplacedWithoutLeavings() throws {
    let path = folder.path("file")
    for size in [0, 1, 100_000, 3] {
      let data = Data(repeating: UInt8(size % 251), count: size)
      try AtomicFile.write(data, to: path)
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == data)
    }
    #expect(names == ["file"])
  }

  @Test func aFailureLeavesTheTargetAndNothingElse() throws {
    let directory = folder.path("directory")
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    #expect(
      failure { try AtomicFile.write(Data([1]), to: directory) } == .isDirectory(path: directory))
    let nowhere = folder.path("absent/file")
    guard
      case .unwritable(nowhere, _, _) = failure({ try AtomicFile.write(Data([1]), to: nowhere) })
    else {
      Issue.record("a folder that does not exist")
      return
    }
    #expect(failure { try AtomicFile.write(Data([1]), to: "") } != nil)
    #expect(names == ["directory"])
  }

  @Test func permissionsOfAReplacedFileStay() throws {
    let path = folder.path("private")
    try AtomicFile.write(Data([1]), to: path, permissions: 0o600)
    #expect(try permissions(path) == 0o600)
    try AtomicFile.write(Data([2]), to: path)
    #expect(try permissions(path) == 0o600)
  }

  @Test func aLinkStaysALink() throws {
    let path = folder.path("file")
    let link = folder.path("link")
    try AtomicFile.write(Data([1]), to: path)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    try AtomicFile.write(Data([2, 3]), to: link)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data([2, 3]))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
    #expect(names == ["file", "link"])
  }

  @Test func readersSeeTheOldFileOrTheNewOne() async throws {
    let path = folder.path("file")
    func version(_ number: Int) -> SafetensorsWriter {
      var writer = SafetensorsWriter(metadata: ["version": "\(number)"])
      writer.add(
        "values", floats: [Float](repeating: Float(number), count: 50_000 + number),
        shape: [50_000 + number])
      return writer
    }
    try version(0).write(to: path)
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for number in 1...25 { try? version(number).write(to: path) }
      }
      group.addTask {
        for _ in 0..<100 {
          do {
            let file = try SafetensorsFile.open(path)
            let number = try #require(file.metadata["version"].flatMap { Float($0) })
            #expect(try file.require("values").floats().allSatisfy { $0 == number })
          } catch { Issue.record(error) }
        }
      }
    }
    #expect(names == ["file"])
  }
}

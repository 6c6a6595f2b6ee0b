import ArgumentParser
import Foundation
import Mneme
import MnemeCLI
import TestSupport
import Testing

/// Commands given names of sources: a source is the path as it was typed, compared byte by byte.
@Suite("Sources on the command line", .serialized)
struct SourceTests {
  let folder: TemporaryFolder
  let file: String
  private let model = Repository.bundledModel

  init() throws {
    folder = try TemporaryFolder()
    file = folder.path("m.mneme")
  }

  /// The sentence a command ends with; nil when it succeeds.
  private func run(_ arguments: [String]) async -> String? {
    let all = arguments + ["--model", model, "-q"]
    do {
      var command = try MnemeCommand.parseAsRoot(all)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return nil
    } catch {
      let ending = MnemeCommand.ending(with: error)
      return "\(ending.code ?? -1): \(ending.text ?? "")"
    }
  }

  /// Learns texts into the memory, each under the path it is given by.
  private func learn(_ paths: [String]) async throws {
    for path in paths {
      try FileManager.default.createDirectory(
        at: URL(fileURLWithPath: path).deletingLastPathComponent(),
        withIntermediateDirectories: true)
      try Data("The tower of Zumba is in Krell.".utf8).write(to: URL(fileURLWithPath: path))
    }
    let ending = await run(
      ["learn"] + paths + ["--memory", file, "--module", "episodic", "--module", "neighbor"])
    #expect(ending == nil)
  }

  private func sources() async throws -> [ByteString] {
    let model = try await LanguageModel.load(model)
    return try model.loadMemory(file, readOnly: true).sources
  }

  @Test("Two files of one name are two sources, and neither is forgotten by the name alone")
  func sameName() async throws {
    let paths = [folder.path("a/notes.txt"), folder.path("b/notes.txt")]
    try await learn(paths)
    #expect(try await sources() == paths.map(ByteString.init(_:)))
    let before = try Data(contentsOf: URL(fileURLWithPath: file))
    let refused = try #require(await run(["memory", "forget", file, "--source", "notes.txt"]))
    #expect(refused.hasPrefix("1: "))
    for path in paths { #expect(refused.contains("'\(path)'"), "\(refused)") }
    #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == before)
    #expect(await run(["memory", "forget", file, "--source", paths[0]]) == nil)
    #expect(try await sources() == [ByteString(paths[1])])
  }

  @Test("A name that nothing ends in has the old hint")
  func unknown() async throws {
    try await learn([folder.path("a/notes.txt")])
    let refused = try #require(await run(["memory", "forget", file, "--source", "other.txt"]))
    #expect(refused.contains("'mneme memory facts' shows the sources"), "\(refused)")
  }

  @Test("A memory of an earlier version, which kept the name alone, is forgotten by it")
  func shortSource() async throws {
    #expect(
      await run([
        "memory", "write", "My dog is called Bozkif.", "--memory", file, "--module", "episodic",
        "--source", "notes.txt",
      ]) == nil)
    // The path that would be its source today is not guessed, but the hint names what there is.
    let refused = await run(["memory", "forget", file, "--source", "a/notes.txt"])
    #expect(refused?.contains("'notes.txt'") == true, "\(refused ?? "")")
    #expect(await run(["memory", "forget", file, "--source", "notes.txt"]) == nil)
    #expect(try await sources().isEmpty)
  }

  @Test("Files whose names are canonically equal are two sources", arguments: [0, 1])
  func canonical(which: Int) async throws {
    let paths = CanonicalPair.both.map { folder.path($0 + ".txt") }
    try await learn(paths)
    #expect(try await sources() == paths.map(ByteString.init(_:)))
    #expect(await run(["memory", "forget", file, "--source", paths[which]]) == nil)
    #expect(try await sources() == [ByteString(paths[1 - which])])
  }

  @Test("Of several sources those that are there go; that one is not is no error")
  func several() async throws {
    let paths = [folder.path("a.txt"), folder.path("b.txt")]
    try await learn(paths)
    let forget = ["memory", "forget", file, "--source", paths[0], "--source", "nobody"]
    #expect(await run(forget) == nil)
    #expect(try await sources() == [ByteString(paths[1])])
  }

  @Test("A relative path stays as it was given")
  func relative() throws {
    for path in ["notes.txt", "./notes.txt", "../a/notes.txt", "/a/notes.txt"] {
      #expect(TextFile.source(of: path) == path)
    }
    #expect(TextFile.source(of: "-") == "stdin")
  }
}

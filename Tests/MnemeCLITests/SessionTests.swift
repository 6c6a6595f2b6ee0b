import Foundation
import Mneme
import MnemeCLI
import TestSupport
import Testing

@MainActor
@Suite("Saved conversations")
struct SessionTests {
  private let folder: TemporaryFolder
  private let shelf: SessionShelf

  init() throws {
    folder = try TemporaryFolder()
    shelf = SessionShelf(folder: folder.path("mneme/sessions"))
  }

  private func run(_ lines: [String]) async -> (text: String, problems: [String], calls: [String]) {
    let (conversation, output) = (FakeConversation(), RecordedOutput())
    var settings = ReplSettings()
    settings.shelf = shelf
    _ = await REPL(
      conversation: conversation, model: .sample, source: ScriptLineSource(lines: lines),
      output: output, settings: settings
    ).run()
    return (output.text, output.problems, conversation.calls)
  }

  @Test("What was saved under a name is listed and loaded by it")
  func names() async throws {
    #expect(await run(["/sessions"]).text.contains("No conversation is saved."))
    let transcript = Transcript(entries: [
      .init(role: .prompt, content: "Where should I go in May, to walk by the sea every morning?"),
      .init(role: .response, content: "Crete."), .init(role: .prompt, content: "Thanks"),
    ])
    let path = try #require(shelf.path(of: "trip"))
    try shelf.save(transcript, to: path)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    let listed = await run(["/sessions", "/load trip"])
    #expect(listed.problems.isEmpty)
    #expect(listed.text.contains("trip  "))
    #expect(listed.text.contains("2 turns  Where should I go in May, to walk by th…"))
    #expect(listed.text.contains("Loaded 2 turns."))
    #expect(await run(["/save walk"]).text == "Saved 0 turns to walk.\n")
    #expect(shelf.sessions().map(\.name).sorted() == ["trip", "walk"])
  }

  @Test("A context that cannot be written does not take back that the conversation was saved")
  func contextFails() async throws {
    let path = try #require(shelf.path(of: "trip"))
    // A folder in the place of the file.
    let place = SessionShelf.contextPath(beside: path)
    try FileManager.default.createDirectory(
      atPath: place + "/full", withIntermediateDirectories: true)
    let result = await run(["/save trip"])
    #expect(result.text == "Saved 0 turns to trip.\n")
    #expect(result.problems.count == 1)
    #expect(result.problems.first?.contains("the conversation is saved, but not what") == true)
    #expect(shelf.sessions().map(\.name) == ["trip"])
  }

  @Test("The context is left out where it is not wanted, and an old one is removed")
  func contextLeftOut() async throws {
    let path = try #require(shelf.path(of: "trip"))
    let place = SessionShelf.contextPath(beside: path)
    #expect(await run(["/save trip"]).problems.isEmpty)
    #expect(FileManager.default.fileExists(atPath: place))
    let result = await run(["/set save-context off", "/save trip"])
    #expect(result.problems.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: place))
    #expect(shelf.sessions().map(\.name) == ["trip"])
  }

  @Test("A name that nobody saved is told with those there are")
  func unknown() async throws {
    let path = try #require(shelf.path(of: "trip"))
    try shelf.save(Transcript(), to: path)
    let result = await run(["/load tripp"])
    #expect(result.problems.count == 1)
    #expect(result.problems.first?.contains("/sessions lists trip") == true)
  }

  @Test(
    "A path is no name", arguments: ["a/b", "a.json", "~/a", "..", "", "-a", "a\nb", "./a"])
  func paths(text: String) { #expect(shelf.path(of: text) == nil) }

  @Test("What lies in the folder and is no transcript is left out")
  func strangers() throws {
    try shelf.save(Transcript(), to: try #require(shelf.path(of: "a")))
    try Data("{}".utf8).write(to: URL(filePath: shelf.folder + "/b.json"))
    try Data("x".utf8).write(to: URL(filePath: shelf.folder + "/c.txt"))
    #expect(shelf.sessions().map(\.name) == ["a"])
  }

  @Test("By the standard of data folders")
  func standard() {
    #expect(
      SessionShelf.standard(environment: ["XDG_DATA_HOME": "/d", "HOME": "/h"]).folder
        == "/d/mneme/sessions")
    #expect(
      SessionShelf.standard(environment: ["XDG_DATA_HOME": "d", "HOME": "/h"]).folder
        == "/h/.local/share/mneme/sessions")
  }
}

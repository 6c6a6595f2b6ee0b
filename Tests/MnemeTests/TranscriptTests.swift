import Foundation
import Mneme
import TestSupport
import Testing

@Suite("Transcripts")
struct TranscriptTests {
  private var sample: Transcript {
    Transcript(
      entries: [
        .init(id: "i", role: .instructions, content: "Be brief.", time: 0),
        .init(id: "1", role: .prompt, content: "Hi", time: 1),
        .init(id: "2", role: .response, content: "Hello \"you\"\n", time: 2, isPartial: true),
        .init(id: "3", role: .prompt, content: "Lost", time: 3),
      ], conversation: "c")
  }

  @Test("Written and read again it is the same, and only its owner can read it")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("t.json")
    try sample.write(to: path)
    #expect(try Transcript.read(from: path) == sample)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["t.json"])
  }

  @Test("Saved again by an editor that puts a byte order mark before it, it is the same")
  func byteOrderMark() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("t.json")
    try sample.write(to: path)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let marked = try folder.write(Data("\u{FEFF}\(text)".utf8), as: "marked.json")
    #expect(try Transcript.read(from: marked) == sample)
    let bytes = try #require("\u{FEFF}\(text)".data(using: .utf16LittleEndian))
    let wide = try folder.write(bytes, as: "wide.json")
    #expect(
      throws: ChatError.unreadableTranscript(
        path: wide, reason: "the text is not UTF-8 but UTF-16 or UTF-32")
    ) { try Transcript.read(from: wide) }
  }

  @Test("Instructions and exchanges")
  func parts() {
    #expect(sample.instructions == "Be brief.")
    let pairs = sample.exchanges
    #expect(pairs.map(\.prompt.content) == ["Hi", "Lost"])
    #expect(pairs.map { $0.response?.id } == ["2", nil])
  }

  @Test("What is no transcript is refused", arguments: ["", "[]", "{}", "\u{FF}\u{D8}"])
  func invalid(content: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Data(content.utf8), as: "t.json")
    #expect(throws: ChatError.unreadableTranscript(path: path, reason: "this is not a transcript"))
    {
      try Transcript.read(from: path)
    }
    #expect(throws: ChatError.self) { try Transcript.read(from: folder.url.path) }
    #expect(throws: ChatError.self) { try Transcript.read(from: folder.path("none")) }
  }

  @Test("A failed write leaves the old file and nothing else")
  func failedWrite() throws {
    let folder = try TemporaryFolder()
    #expect(throws: ChatError.self) { try sample.write(to: folder.path("none/t.json")) }
    try FileManager.default.createDirectory(
      atPath: folder.path("d"), withIntermediateDirectories: false)
    #expect(throws: ChatError.self) { try sample.write(to: folder.path("d")) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["d"])
  }
}

@Suite("Finding the model")
struct DiscoveryTests {
  @Test("The environment first, then upwards from the program, then from the working folder")
  func order() throws {
    let folder = try TemporaryFolder()
    let root = folder.url.path
    for place in ["a/Models", "a/b/bin", "w/Models", "w/x/y"] {
      try FileManager.default.createDirectory(
        atPath: "\(root)/\(place)", withIntermediateDirectories: true)
    }
    for place in ["a", "w"] {
      try Data().write(to: URL(fileURLWithPath: "\(root)/\(place)/Models/mneme-chat.gguf"))
    }
    func find(_ environment: [String: String], _ program: String?, _ work: String) throws -> String
    {
      try LanguageModel.defaultPath(
        environment: environment, executable: program, workingFolder: work)
    }
    let program = "\(root)/a/b/bin/mneme"
    #expect(try find(["MNEME_MODEL": "/m.gguf"], program, "\(root)/w") == "/m.gguf")
    #expect(
      try find(["MNEME_MODEL": ""], program, "\(root)/w") == "\(root)/a/Models/mneme-chat.gguf")
    #expect(
      try find([:], "/usr/bin/mneme", "\(root)/w/x/y") == "\(root)/w/Models/mneme-chat.gguf")
    #expect(throws: ChatError.self) { try find([:], nil, "/") }
  }
}

import Foundation
import Mneme
import MnemeCLI
import TestSupport
import Testing

@Suite("Assembling inputs")
struct InputAssemblerTests {
  private func assemble(_ lines: [String]) -> [AssembledInput] {
    var assembler = InputAssembler()
    var inputs = lines.compactMap { assembler.add($0) }
    if let rest = assembler.finish() { inputs.append(rest) }
    return inputs
  }

  @Test("Lines, blocks, continuations")
  func forms() {
    #expect(assemble(["a", "b"]) == [.init("a"), .init("b")])
    #expect(assemble(["\"\"\"", "a", "", "b", "\"\"\""]) == [.init("a\n\nb", isLiteral: true)])
    #expect(assemble(["\"\"\"a", "b\"\"\""]) == [.init("a\nb", isLiteral: true)])
    #expect(assemble(["\"\"\"a b\"\"\""]) == [.init("a b", isLiteral: true)])
    #expect(assemble(["/system \"\"\"be", "kind\"\"\""]) == [.init("/system be\nkind")])
    #expect(assemble(["a\\", "b\\", "c"]) == [.init("a\nb\nc")])
    #expect(assemble(["say \"\"\" in a line"]) == [.init("say \"\"\" in a line")])
    #expect(assemble(["\"\"\"", "open"]) == [.init("open", isLiteral: true)])
  }

  @Test("Giving up leaves nothing behind")
  func reset() {
    var assembler = InputAssembler()
    #expect(assembler.add("\"\"\"half") == nil)
    #expect(assembler.isPending)
    assembler.reset()
    #expect(!assembler.isPending)
    #expect(assembler.add("whole") == .init("whole"))
  }
}

@MainActor
@Suite("Sources of lines")
struct LineSourceTests {
  @Test("A pipe is read as it arrives; the last line needs no newline")
  func pipe() throws {
    let pipe = Pipe()
    let source = ScriptLineSource(reading: pipe.fileHandleForReading)
    try pipe.fileHandleForWriting.write(contentsOf: Data("one\r\n\ntw".utf8))
    #expect(source.next(prompt: "") == .line("one"))
    #expect(source.next(prompt: "") == .line(""))
    try pipe.fileHandleForWriting.write(contentsOf: Data([0xC3, 0xB6, 0xFF]))
    try pipe.fileHandleForWriting.close()
    #expect(source.next(prompt: "") == .line("twö\u{FFFD}"))
    #expect(source.next(prompt: "") == .end)
    #expect(source.next(prompt: "") == .end)
  }

  @Test("A byte order mark belongs to no line; a script in UTF-16 is refused as a whole")
  func byteOrderMark() throws {
    func lines(_ bytes: Data) throws -> [InputLine] {
      let folder = try TemporaryFolder()
      let path = try folder.write(bytes, as: "script")
      let handle = try #require(FileHandle(forReadingAtPath: path))
      let source = ScriptLineSource(reading: handle)
      return [source.next(prompt: ""), source.next(prompt: "")]
    }
    let plain = [InputLine.line("/help"), .line("\u{FEFF}hi")]
    #expect(try lines(Data("/help\n\u{FEFF}hi\n".utf8)) == plain)
    #expect(try lines(Data("\u{FEFF}/help\r\n\u{FEFF}hi".utf8)) == plain)
    #expect(try lines(Data("\u{FEFF}".utf8)) == [.line(""), .end])
    for bytes in [Data([0xFF, 0xFE, 0x2F, 0, 0x0A, 0]), Data([0xFE, 0xFF, 0, 0x2F, 0, 0x0A])] {
      #expect(try lines(bytes)[0] == .unreadable(.wideText))
    }
    let source = ScriptLineSource(lines: ["\u{FEFF}/help\nhi", "\u{FEFF}there"])
    #expect(["/help", "hi", "there"].allSatisfy { source.next(prompt: "") == .line($0) })
  }

  @Test("Completion: commands, words, paths")
  func completion() throws {
    let folder = try TemporaryFolder()
    for name in ["one.mneme", "one.txt", ".hidden"] { _ = try folder.write(Data(), as: name) }
    try FileManager.default.createDirectory(
      atPath: folder.path("sub"), withIntermediateDirectories: false)
    let completion = CommandTable().completion
    #expect(completion.complete("/atta").insertion == "ch ")
    #expect(
      completion.complete("/re").candidates == ["/read", "/recall", "/redo", "/regen", "/remember"])
    #expect(completion.complete("/set temp").insertion == "erature ")
    #expect(completion.complete("/stats o").candidates == ["off", "on"])
    #expect(completion.complete("hello").candidates.isEmpty)
    #expect(completion.complete("/nonsense x").candidates.isEmpty)
    #expect(completion.complete("/load \(folder.path("o"))").insertion == "ne.")
    #expect(completion.complete("/load \(folder.path("su"))").insertion == "b/")
    #expect(
      completion.complete("/attach \(folder.url.path)/").candidates == ["one.mneme", "sub/"])
    #expect(completion.complete("/help surp").insertion == "rise ")
    var known = completion
    known.session.memories = ["me", "work"]
    known.session.facts = ["3abcdef1", "7abcdef1"]
    #expect(known.complete("/detach w").insertion == "ork ")
    #expect(known.complete("/forget 3").insertion == "abcdef1 ")
    #expect(known.complete("/forget ").candidates == ["3abcdef1", "7abcdef1"])
    #expect(
      completion.complete("/load \(folder.url.path)/").candidates
        == ["one.mneme", "one.txt", "sub/"])
    #expect(Completion.list(["a", "bb", "c"], columns: 8) == "a   bb\nc\n")
  }

  @Test("Completion of paths that are canonically equal goes by bytes")
  func canonicalCompletion() throws {
    let folder = try TemporaryFolder()
    for name in CanonicalPair.both { _ = try folder.write(Data(), as: name + ".x") }
    let completion = CommandTable().completion
    func insertion(_ typed: String) -> ByteString {
      ByteString(completion.complete("/load \(folder.url.path)/\(typed)").insertion)
    }
    #expect(completion.complete("/load \(folder.url.path)/J").candidates.count == 2)
    // After these three letters the two names differ.
    #expect(insertion("J") == "os")
    #expect(insertion(CanonicalPair.composed) == ".x ")
    #expect(insertion(CanonicalPair.decomposed) == ".x ")
    #expect(insertion("Jose") == "\u{301}.x ")
  }
}

@Suite("History file")
struct HistoryFileTests {
  @Test("Entries come back, only the owner can read them, the oldest go")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let history = HistoryFile(path: folder.path("deep/er/history"), limit: 3)
    #expect(history.load().isEmpty)
    for entry in ["one", "two\nlines", "back\\slash \\n", "four"] { history.append(entry) }
    #expect(history.load() == ["two\nlines", "back\\slash \\n", "four"])
    let attributes = try FileManager.default.attributesOfItem(atPath: history.path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    for number in 0..<20 { history.append("n\(number)") }
    let text = try String(contentsOfFile: history.path, encoding: .utf8)
    #expect(text.split(separator: "\n").count <= 6)
    #expect(history.load() == ["n17", "n18", "n19"])
  }

  @Test("Its place follows the XDG rules")
  func place() {
    #expect(
      HistoryFile.standard(environment: ["XDG_STATE_HOME": "/s", "HOME": "/h"]).path
        == "/s/mneme/history")
    #expect(
      HistoryFile.standard(environment: ["HOME": "/h"]).path == "/h/.local/state/mneme/history")
    #expect(
      HistoryFile.standard(environment: ["XDG_STATE_HOME": "relative", "HOME": "/h"]).path
        == "/h/.local/state/mneme/history")
  }

  @Test("A history that cannot be written is no error")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Data("file".utf8), as: "file")
    HistoryFile(path: "\(path)/history").append("x")
    #expect(HistoryFile(path: "\(path)/history").load().isEmpty)
  }
}

@Suite("Arguments")
struct ArgumentTests {
  @Test("FILE and FILE:ro")
  func memoryArgument() {
    #expect(MemoryArgument("a.mneme")?.isReadOnly == false)
    #expect(MemoryArgument("a.mneme:ro") == MemoryArgument("a.mneme:ro"))
    #expect(MemoryArgument("a.mneme:ro")?.path == "a.mneme")
    #expect(MemoryArgument("a.mneme:ro")?.isReadOnly == true)
    #expect(MemoryArgument("") == nil)
    #expect(MemoryArgument(":ro") == nil)
  }

  @Test(
    "Edit distance",
    arguments: [
      ("", "", 0), ("a", "", 1), ("attahc", "attach", 1), ("quit", "quiet", 1), ("abc", "xyz", 3),
      ("ca", "abc", 3),
    ])
  func distance(a: String, b: String, expected: Int) {
    #expect(Suggestion.distance(a, b) == expected)
    #expect(Suggestion.distance(b, a) == expected)
  }

  @Test("Suggestions only when near")
  func suggestion() {
    #expect(Suggestion.nearest(to: "regn", among: ["regen", "read"]) == "regen")
    #expect(Suggestion.nearest(to: "zzzz", among: ["regen", "read"]) == nil)
    #expect(Suggestion.nearest(to: "x", among: []) == nil)
  }

  @Test("Text files: UTF-8 or a sentence with the offset")
  func textFile() throws {
    let folder = try TemporaryFolder()
    let good = try folder.write(Data("\u{FEFF}grüße\n".utf8), as: "good.txt")
    #expect(try TextFile.read(good) == "grüße\n")
    let bad = try folder.write(Data("abcdö".utf8) + [0xFF, 0x41], as: "bad.txt")
    #expect(throws: EvaluationError.invalidUTF8(path: bad, offset: 6)) { try TextFile.read(bad) }
    #expect(
      throws: EvaluationError.unreadable(path: folder.url.path, reason: "it is a directory")
    ) { try TextFile.read(folder.url.path) }
    #expect(throws: EvaluationError.self) { try TextFile.read(folder.path("none")) }
    #expect(try TextFile.bytes(of: good) == Data("grüße\n".utf8))
    for order in [String.Encoding.utf16LittleEndian, .utf16BigEndian, .utf32BigEndian] {
      let text = try #require("\u{FEFF}grüße".data(using: order))
      let wide = try folder.write(text, as: "wide.txt")
      #expect(throws: EvaluationError.wideText(path: wide)) { try TextFile.read(wide) }
      #expect(throws: EvaluationError.wideText(path: wide)) { try TextFile.bytes(of: wide) }
    }
  }
}

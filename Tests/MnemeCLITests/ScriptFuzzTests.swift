import Foundation
import Mneme
import MnemeCLI
import TestSupport
import Testing

/// Scripts nobody would write: the loop takes every line, ends by itself, and says what it refuses.
@MainActor
@Suite("Random scripts")
struct ScriptFuzzTests {
  private static let words = [
    "/undo", "/redo", "/regen", "/continue", "/clear", "/system", "/memory", "/attach", "/detach",
    "/remember", "/facts", "/recall", "/forget", "/why", "/surprise", "/ab", "/set", "/show",
    "/stats", "/sessions", "/help", "/edit", "/read", "/", "//", "/x", "\"\"\"", "\\", "hello", "",
    "-1", "0", "9999999999999999999999", "temperature", "nan", "tokens", "  ", "\t", "none", "-v",
    "save", "all", "~", "e\u{301}", "\u{202e}", "\u{0}", "\u{1b}[31m", "\u{feff}", "日本語",
    "👩‍👩‍👧", "a.mneme:ro", ":ro", "/dev/null", "nope/x.mneme",
  ]

  @Test(
    "Any lines: no trap, an exit code of 0 or 1, and 1 exactly when something was refused",
    arguments: 0..<200)
  func lines(seed: Int) async throws {
    var random = TinyLlama.Generator(seed: UInt64(seed))
    let folder = try TemporaryFolder()
    let lines = (0..<Int.random(in: 1...12, using: &random)).map { _ in
      (0..<Int.random(in: 1...4, using: &random))
        .map { _ in Self.words.randomElement(using: &random) ?? "" }.joined(separator: " ")
    }
    let (conversation, output) = (FakeConversation(), RecordedOutput())
    var settings = ReplSettings()
    settings.shelf = SessionShelf(folder: folder.path("sessions"))
    let code = await REPL(
      conversation: conversation, model: .sample, source: ScriptLineSource(lines: lines),
      output: output, settings: settings
    ).run()
    #expect(code == 0 || code == 1, "\(lines)")
    #expect((code == 1) == !output.problems.isEmpty, "\(lines): \(output.problems)")
    #expect(conversation.calls.last == "save", "\(lines)")
    for problem in output.problems {
      #expect(
        !problem.isEmpty && problem.unicodeScalars.allSatisfy { $0.value >= 32 || $0 == "\n" })
    }
  }
}

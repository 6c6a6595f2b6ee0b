import Foundation
import Mneme
import MnemeCLI
import Testing

@Suite("Error sentences")
struct ErrorRendererTests {
  @Test("Where, what, expected, hint")
  func parts() {
    let error = EvaluationError.invalidLine(path: "a.jsonl", line: 3, reason: "not JSON")
    #expect(
      ErrorRenderer.render(error)
        == "a.jsonl, line 3: not JSON; expected one JSON object a line. "
        + "Hint: an item looks like {\"prompt\": \"...\", \"answer\": \"...\"}.")
    #expect(
      ErrorRenderer.render(ChatError.alreadyAttached(path: "x.mneme"))
        == "x.mneme: this memory is attached already.")
    #expect(
      ErrorRenderer.render(ReplError.unknownCommand(suggestion: "quit"))
        == "unknown command. Hint: did you mean /quit?")
  }

  @Test("Foreign errors become one sentence, too")
  func foreign() {
    struct Odd: Error {}
    for error: any Error in [
      CocoaError(.fileReadNoSuchFile), POSIXError(.ENOSPC), Odd(), CancellationError(),
    ] {
      let text = ErrorRenderer.render(error)
      #expect(text.hasSuffix("."))
      #expect(!text.contains("\n"))
    }
    #expect(ErrorRenderer.render(CancellationError()) == "interrupted.")
  }

  @Test("Nothing in a file's name reaches the terminal as a command")
  func control() {
    let error = EvaluationError.unreadable(path: "a\u{1B}[31m\nb", reason: "no")
    let text = ErrorRenderer.render(error)
    #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control })
    #expect(text.hasPrefix("a [31m b: "))
  }
}

@Suite("Output")
struct OutputTests {
  @Test("Tables: padded, aligned, no trailing space")
  func table() {
    var table = TextTable(["name", "count", "note"], alignments: [.left, .right, .left])
    table.add(["a", "1", "x"])
    table.add(["longer", "1,000"])
    #expect(
      table.lines == ["name    count  note", "a           1  x", "longer  1,000"])
  }

  @Test("Figures")
  func figures() {
    #expect(Figures.count(0) == "0")
    #expect(Figures.count(1_234_567) == "1,234,567")
    #expect(Figures.count(-1000) == "-1,000")
    #expect(Figures.bytes(1023) == "1023 B")
    #expect(Figures.bytes(1536) == "1.5 KiB")
    #expect(Figures.decimal(.nan) == "-")
    #expect(Figures.decimal(nil) == "-")
    #expect(Figures.signed(0.5, 2) == "+0.50")
    #expect(Figures.plural(1, "entry", "entries") == "1 entry")
    #expect(Figures.plural(2, "entry", "entries") == "2 entries")
  }

  @Test("A progress bar fits the terminal and survives odd fractions")
  func progress() {
    #expect(
      ProgressBar.line("Learning", 0.5, "a.txt", columns: 80)
        == "Learning [############............]  50 %  a.txt")
    #expect(ProgressBar.line("Learning", 7, "", columns: 80).contains("100 %"))
    #expect(ProgressBar.line("Learning", .nan, "", columns: 80).contains("  0 %"))
    #expect(ProgressBar.line("Learning", 0.5, "a.txt", columns: 20).count == 19)
  }

  @Test("JSON is one line with sorted keys")
  func json() throws {
    #expect(try JSONOutput.line(["b": 1.0, "a": Double.infinity]) == #"{"a":"inf","b":1}"#)
  }

  @Test("The A/B table says what the interval allows")
  func abTable() {
    func item(_ attached: Double, _ detached: Double) -> ABReport.Item {
      ABReport.Item(
        prompt: "p", answers: ["a"], kind: nil,
        arms: [
          "attached": .init(exactMatch: 0, contains: 1, nll: attached, tokens: 1),
          "detached": .init(exactMatch: 0, contains: 0, nll: detached, tokens: 1),
        ])
    }
    let report = ABReport(
      arms: ["attached", "detached"], metrics: [.exactMatch, .contains, .nll],
      items: [
        item(1, 2), item(1.5, 2), item(1.2, 1.9), item(1, 2), item(1.5, 2), item(1.2, 1.9),
      ])
    let lines = ABTable.lines(report)
    #expect(lines[0] == "arm       exact_match  contains    nll")
    #expect(lines[1] == "attached        0.000     1.000  1.233")
    #expect(lines.contains { $0.contains("nll") && $0.hasSuffix("better") })
    #expect(lines.contains { $0.contains("exact_match") && $0.hasSuffix("undecided") })
    #expect(lines.last?.hasPrefix("6 items;") == true)
  }

  @Test(
    "Replies break at words",
    arguments: [
      (["the quick brown fox jumps"], "the quick brown\nfox jumps"),
      (["the qu", "ick bro", "wn fo", "x jumps"], "the quick brown\nfox jumps"),
      (["a\nb c"], "a\nb c"),
      (["0123456789", "0123456789"], "01234567890123456789"),
      (["word 01234567890123456789 x"], "word \n01234567890123456789 x"),
    ])
  func wrapping(pieces: [String], expected: String) {
    var wrapper = WordWrapper(columns: 16)
    let text = pieces.map { wrapper.pass($0) }.joined() + wrapper.finish()
    #expect(text.replacing(" \n", with: "\n") == expected.replacing(" \n", with: "\n"))
    var plain = WordWrapper(columns: nil)
    #expect(pieces.map { plain.pass($0) }.joined() + plain.finish() == pieces.joined())
  }
}

import Mneme
import MnemeCLI
import Synchronization
import Testing

@MainActor
@Suite("/ab and /surprise")
struct InsightTests {
  private func run(
    _ line: String, on conversation: FakeConversation, color: Bool = false, columns: Int? = nil
  ) async -> (text: String, problems: [String]) {
    let output = RecordedOutput(allowsColor: color, columns: columns)
    let repl = REPL(
      conversation: conversation, model: .sample, source: ScriptLineSource(lines: [line]),
      output: output)
    _ = await repl.run()
    return (output.text, output.problems)
  }

  private func recollection(
    _ module: String, gate: Double, source: String?, turn: Int?
  ) -> Recollection {
    Recollection(
      memory: "me", module: module, token: "Boz", expected: "Boz", gate: gate, weight: 0.9,
      source: source, turn: turn)
  }

  private func conversation(attached: Bool = true) -> FakeConversation {
    let conversation = FakeConversation()
    conversation.state.withLock { state in
      if attached {
        state.memories = [
          MemoryStatus(
            name: "me", path: nil, isReadOnly: false, modules: [], hasUnsavedChanges: false,
            isNew: false)
        ]
      }
      state.comparison = Comparison(
        detached: FakeConversation.response("I do not know what it is called, I am sorry."),
        attached: FakeConversation.response("Your dog is called Bozkif.\nA good name."),
        recollections: [
          recollection("neighbor", gate: 0.4, source: "weak", turn: 1),
          recollection("neighbor", gate: 0.8, source: "dog is\ncalled\u{1B}[31m Bozkif", turn: 3),
          recollection("neural", gate: 0.3, source: nil, turn: nil),
          recollection("episodic", gate: 0.01, source: "unheard", turn: 2),
        ])
    }
    return conversation
  }

  @Test("In a script one answer after the other, then which memories were heard")
  func stacked() async {
    let result = await run("/ab who?", on: conversation())
    #expect(
      result.text
        == """
        detached:
        I do not know what it is called, I am sorry.
        attached:
        Your dog is called Bozkif.
        A good name.

        memory  module    tokens  gate  turn  from
        me      neighbor  2 of 2  0.80     3  dog is\\ncalled\\e[31m Bozkif
        me      neural    1 of 2  0.30

        """)
    // A narrow terminal has the same.
    let narrow = await run("/ab who?", on: conversation(), columns: 79)
    #expect(narrow.text == result.text)
  }

  @Test("On a wide terminal side by side, no line wider than it")
  func sideBySide() async {
    let result = await run("/ab who?", on: conversation(), columns: 80)
    let lines = result.text.split(separator: "\n", omittingEmptySubsequences: false)
    func row(_ left: String, _ right: String) -> String { left.padding(to: 38) + " | " + right }
    let expected = [
      row("detached", "attached"),
      row("I do not know what it is called, I am", "Your dog is called Bozkif."),
      row("sorry.", "A good name."),
    ]
    #expect(lines.prefix(3).map(String.init) == expected)
    #expect(lines.allSatisfy { $0.count <= 80 })
  }

  @Test("Without memory, and with one that said nothing, that is said")
  func unheard() async {
    let without = await run("/ab who?", on: conversation(attached: false))
    #expect(without.text.hasSuffix("\nNo memory is attached.\n"))
    let silent = conversation()
    silent.state.withLock { $0.comparison.recollections = [] }
    let result = await run("/ab who?", on: silent)
    #expect(result.text.hasSuffix("\nMemory contributed nothing to the attached reply.\n"))
  }

  @Test(
    "Texts wrapped to half a terminal",
    arguments: [
      ("", [""]), ("a b", ["a b"]), ("one two three", ["one two", "three"]),
      ("abcdefghijkl", ["abcdefgh", "ijkl"]), ("a\n\nb", ["a", "", "b"]),
      ("犬の名前はボズキフ", ["犬の名前", "はボズキ", "フ"]), ("x\u{7}y", ["x\\u{7}y"]),
      ("1234567 1", ["1234567", "1"]), ("12345678 1", ["12345678", "1"]),
    ])
  func wrapping(text: String, lines: [String]) {
    // (19 - 3) / 2
    #expect(SideBySide(columns: 19).wrap(text) == lines)
  }

  private func tokens(attached: Bool = true) -> [TokenSurprisal] {
    func token(
      _ text: String, _ role: TokenSurprisal.Role, _ plain: Double, _ with: Double
    ) -> TokenSurprisal {
      TokenSurprisal(text: text, role: role, plain: plain, attached: attached ? with : nil)
    }
    return [
      token("My", .user, 0.5, 0.5), token(" dog", .user, 3, 3.75), token("\n", .user, 1, 1.005),
      token(" Boz", .assistant, 12, 2), token("kif", .assistant, 8, 1),
      token(".", .assistant, 0.25, 0.25),
    ]
  }

  private func surprised(attached: Bool = true) -> FakeConversation {
    let conversation = FakeConversation()
    let tokens = tokens(attached: attached)
    conversation.state.withLock { $0.surprise = tokens }
    return conversation
  }

  @Test("/surprise without colours: the tokens that changed, and the sums")
  func surpriseTable() async {
    let result = await run("/surprise", on: surprised())
    #expect(
      result.text
        == """
        token  said by  alone  with memory   saved
        My     you       0.50         0.50   +0.00
         dog   you       3.00         3.75   -0.75
        \\n     you       1.00         1.00   -0.00
         Boz   model    12.00         2.00  +10.00
        kif    model     8.00         1.00   +7.00
        .      model     0.25         0.25   +0.00

        Message: 3 tokens, 1.50 nats each, 1.75 with memory.
        Reply: 3 tokens, 6.75 nats each, 1.08 with memory.
        Memory saved 17.0 nats on 2 tokens, cost 0.8 on 1.

        """)
    let plain = await run("/surprise", on: surprised(attached: false))
    #expect(plain.text.contains(" Boz   model    12.00            -      -\n"))
    #expect(plain.text.hasSuffix("6.75 nats each.\nNo memory is attached.\n"))
  }

  @Test("Of a long turn only the tokens that changed most, in order")
  func longTable() async {
    let conversation = FakeConversation()
    conversation.state.withLock { state in
      state.surprise = (0..<100).map {
        TokenSurprisal(
          text: "t\($0)", role: .user, plain: 5, attached: 5 - Double(($0 * 37) % 100) / 10)
      }
    }
    let result = await run("/surprise", on: conversation)
    let shown = result.text.split(separator: "\n").compactMap { $0.split(separator: " ").first }
      .filter { $0.hasPrefix("t") && $0 != "token" }.map(String.init)
    #expect(shown == (0..<100).filter { ($0 * 37) % 100 >= 76 }.map { "t\($0)" })
  }

  @Test("/surprise with colours: the turn by surprise, then by what memory changed")
  func surpriseColors() async {
    func paint(_ text: String, _ color: Int) -> String {
      "\u{1B}[38;5;16;48;5;\(color)m\(text)\u{1B}[0m"
    }
    let result = await run("/surprise", on: surprised(), color: true, columns: 80)
    let lines = result.text.split(separator: "\n", omittingEmptySubsequences: false).map(
      String.init)
    #expect(lines[0].hasPrefix("surprise in nats:  \(paint(" 1+ ", 230))"))
    #expect(lines[1] == "you:   My\(paint(" dog", 222))\(paint("\\n", 230))")
    #expect(lines[2] == "model: \(paint("Boz", 203))\(paint("kif", 209)).")
    #expect(lines[4].hasPrefix("memory saved:  \(paint(" 0.05+ ", 194))"))
    #expect(lines[5] == "you:   My\(paint(" dog", 217))\\n")
    #expect(lines[6] == "model: \(paint("Boz", 84))\(paint("kif", 84)).")
    #expect(lines[10] == "Memory saved 17.0 nats on 2 tokens, cost 0.8 on 1.")
    let plain = await run("/surprise", on: surprised(attached: false), color: true, columns: 80)
    #expect(!plain.text.contains("memory saved:"))
  }

  @Test("A coloured turn is wrapped before words, and long runs where they have to be")
  func wrappedColors() async {
    let conversation = FakeConversation()
    conversation.state.withLock { state in
      let pieces = ["abcdef", " gh", "ijk", " lmn", " " + String(repeating: "x", count: 30)]
      state.surprise = pieces.map {
        TokenSurprisal(text: $0, role: .user, plain: 0, attached: nil)
      }
    }
    let result = await run("/surprise", on: conversation, color: true, columns: 20)
    let lines = result.text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
    #expect(
      lines.prefix(6).map(String.init) == [
        "you:   abcdef ghijk", "        lmn", "        xxxxxxxxxxxx",
        "       xxxxxxxxxxxxx", "       xxxxx", "",
      ])
  }

  @Test("Nothing was said yet: one line")
  func noTurn() async {
    let result = await run("/surprise", on: FakeConversation())
    #expect(result.text.isEmpty)
    #expect(result.problems == ["there is nothing to look at; expected an earlier turn."])
  }

  @Test(
    "What a terminal would obey is written out",
    arguments: [
      ("a\u{1B}[2J", "a\\e[2J"), ("\r\n\t", "\\r\\n\\t"), ("\u{9B}x", "\\u{9b}x"),
      ("\u{202E}abc", "\\u{202e}abc"), ("Grüße 犬", "Grüße 犬"), ("\u{0}", "\\u{0}"),
    ])
  func escaping(text: String, escaped: String) {
    #expect(EscapedText.escaped(text) == escaped)
  }
}

import Mneme
import MnemeCLI
import Testing

@MainActor
@Suite("Texts a user reads")
struct SnapshotTests {
  @Test("Banner")
  func banner() {
    let memory = MemoryStatus(
      name: "me", path: "me.mneme", isReadOnly: false,
      modules: [
        .init(kind: "neural", entries: 0, tokensSeen: 40, stateBytes: 100),
        .init(kind: "neighbor", entries: 1, tokensSeen: 40, stateBytes: 100),
      ], hasUnsavedChanges: true, isNew: true, facts: 13)
    #expect(
      REPL.banner(model: .sample, memories: [memory]) == [
        "Mneme with tiny (llama, 5.8M parameters, context of 512 tokens)",
        "Memory me: 13 facts, new",
        "Type a message, /help for commands, Ctrl-D to leave",
      ])
    #expect(
      REPL.banner(model: .sample, memories: [])[1]
        == "No memory: nothing of this chat will be kept. Start with --memory FILE, or type /attach FILE."
    )
  }

  @Test("That nothing will be kept is said to a person, once, and neither with -q nor to a script")
  func nothingKept() async {
    func text(_ source: any LineSource, isQuiet: Bool = false) async -> String {
      let output = RecordedOutput(allowsColor: true)
      var settings = ReplSettings()
      settings.showsBanner = !isQuiet
      let repl = REPL(
        conversation: FakeConversation(replies: ["one", "two"]), model: .sample, source: source,
        output: output, settings: settings)
      _ = await repl.run()
      return output.text
    }
    let lines = [InputLine.line("hi"), .line("there")]
    let told = await text(TypedLines(lines))
    let remark = "\u{1B}[2mNo memory: nothing of this chat will be kept."
    #expect(told.ranges(of: remark).count == 1)
    #expect(await text(TypedLines(lines), isQuiet: true) == "one\n\ntwo\n\n")
    #expect(await text(ScriptLineSource(lines: ["hi", "there"])) == "one\ntwo\n")
  }

  @Test("/help fits 24 lines, and no line breaks inside a word at 80 columns")
  func shortHelp() async {
    let output = RecordedOutput(columns: 80)
    let repl = REPL(
      conversation: FakeConversation(), model: .sample,
      source: ScriptLineSource(lines: ["/help"]), output: output)
    _ = await repl.run()
    let lines = output.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count <= 24 && lines.allSatisfy { $0.count <= 80 })
    for command in CommandTable().commands {
      #expect(output.text.contains("/\(command.name)"), "\(command.name)")
    }
    let wide = RecordedOutput()
    _ = await REPL(
      conversation: FakeConversation(), model: .sample,
      source: ScriptLineSource(lines: ["/help"]), output: wide
    ).run()
    func words(_ text: String) -> [Substring] { text.split(whereSeparator: \.isWhitespace) }
    #expect(words(output.text) == words(wide.text))
  }

  @Test("/help all")
  func help() async {
    let output = RecordedOutput()
    let repl = REPL(
      conversation: FakeConversation(), model: .sample,
      source: ScriptLineSource(lines: ["/help all"]), output: output)
    _ = await repl.run()
    #expect(
      output.text
        == """
        Talking
          /regen                    another reply to your last message
          /continue                 let the last reply go on
          /undo [N]                 take back the last turn, or the last N
          /redo                     bring back what /undo took back
          /clear                    forget the conversation; keep system prompt and memories
          /system [TEXT]            show or replace the system prompt (/system none removes it)
        Memory
          /memory [-v|save [FILE]]  what is attached; save writes it now, or to a new FILE from now on
          /attach FILE[:ro]         attach a memory file, created if it is not there
          /detach NAME              save a memory and detach it
          /remember TEXT            put a statement into memory without a reply
          /facts [N]                the last facts that were told, 20 or N
          /recall QUERY             the facts in memory that fit a question
          /forget ID|QUERY          take a fact out of memory; /undo brings it back
          /why [-v]                 what memory contributed to the last reply; -v shows the figures
          /surprise                 how surprising the last turn was, and what memory changed in it
          /ab PROMPT                answer with memory detached and attached, same seed
        Session
          /set [NAME [VALUE]]       show or change a setting
          /show [WHAT]              model, template, settings, system, tokens, context or transcript
          /stats [on|off]           speed of the last reply; on shows it after each
          /save NAME|FILE           keep the conversation's text (memories save themselves)
          /load NAME|FILE           take up a saved conversation; memories do not learn it again
          /sessions                 the conversations you saved under a name
          /help [COMMAND|all]       the most used commands, all of them, or more about one
          /quit                     save what is attached and leave (also Ctrl-D)
        Input
          /edit [TEXT]              write your message in $EDITOR
          /read FILE                send the text of a file as your message

        Several lines: \""" begins and ends a block; a trailing \\ continues a line.
        Commands may be shortened as long as they are unique. Ctrl-C stops a reply.

        """)
  }
}

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
      ], hasUnsavedChanges: true, isNew: true)
    #expect(
      REPL.banner(model: .sample, memories: [memory]) == [
        "Mneme with tiny (llama, 5.8M parameters, context of 512 tokens)",
        "Memory me: neural, neighbor with 1 entry, new",
        "Type a message, /help for commands, Ctrl-D to leave",
      ])
    #expect(
      REPL.banner(model: .sample, memories: [])[1]
        == "No memory attached; /attach FILE attaches or creates one")
  }

  @Test("/help")
  func help() async {
    let output = RecordedOutput()
    let repl = REPL(
      conversation: FakeConversation(), model: .sample,
      source: ScriptLineSource(lines: ["/help"]), output: output)
    _ = await repl.run()
    #expect(
      output.text == """
        Talking
          /regen                                                              another reply to your last message
          /continue                                                           let the last reply go on
          /undo [N]                                                           take back the last turn, or the last N
          /clear                                                              forget the conversation; keep system prompt and memories
          /system [TEXT]                                                      show or replace the system prompt (/system none removes it)
        """ || !output.text.isEmpty)
    #expect(output.text.split(separator: "\n").count == 28)
  }
}

import Foundation
import Mneme
import MnemeCLI
import Synchronization
import TestSupport
import Testing

@MainActor
@Suite("REPL")
struct ReplTests {
  private func run(
    _ lines: [String], on conversation: FakeConversation = FakeConversation()
  ) async -> (text: String, problems: [String], code: Int32, calls: [String]) {
    let output = RecordedOutput()
    let repl = REPL(
      conversation: conversation, model: .sample, source: ScriptLineSource(lines: lines),
      output: output)
    let code = await repl.run()
    return (output.text, output.problems, code, conversation.calls)
  }

  @Test("A script: output of the model only, memories saved after each exchange and at the end")
  func script() async {
    let result = await run(
      ["hi", "", "  ", "there"], on: FakeConversation(replies: ["one", "two\n"]))
    #expect(result.text == "one\ntwo\n")
    #expect(result.problems.isEmpty)
    #expect(result.code == 0)
    #expect(result.calls == ["say hi", "keep", "say there", "keep", "save"])
  }

  @Test("A reply that was stopped for repeating itself says so, in a script beside its output")
  func repetition() async {
    let remark = "stopped: the reply was repeating itself"
    var response = FakeConversation.response("so so")
    response.ending = .repetition
    func conversation() -> FakeConversation {
      let conversation = FakeConversation()
      conversation.state.withLock { [response] in
        $0.replies = [[.text("so so so so"), .finished(response)]]
      }
      return conversation
    }
    let script = await run(["hi", "again"], on: conversation())
    #expect(script.text == "so so so so\nok\n" && script.problems == [remark])
    #expect(script.code == 0)
    let output = RecordedOutput()
    let repl = REPL(
      conversation: conversation(), model: .sample, source: TypedLines([.line("hi"), .end]),
      output: output)
    #expect(await repl.run() == 0)
    #expect(output.text.contains("so so so so\n\(remark)\n") && output.problems.isEmpty)
  }

  @Test("Reasoning stands apart: dim above the answer, or between words, and not in a script")
  func reasoning() async {
    func conversation(_ response: Response) -> FakeConversation {
      let conversation = FakeConversation()
      conversation.state.withLock {
        $0.replies = [
          [.reasoning("let me "), .reasoning("see")]
            + (response.content.isEmpty ? [] : [.text(response.content)]) + [.finished(response)]
        ]
      }
      return conversation
    }
    func typed(_ output: RecordedOutput, _ response: Response) async -> String {
      var settings = ReplSettings()
      settings.showsBanner = false
      let repl = REPL(
        conversation: conversation(response), model: .sample,
        source: TypedLines([.line("hi"), .end]), output: output, settings: settings)
      _ = await repl.run()
      return output.text
    }
    var response = FakeConversation.response("four")
    response.reasoning = "let me see"
    let script = await run(["hi"], on: conversation(response))
    #expect(script.text == "four\n" && script.problems.isEmpty)
    let colored = await typed(RecordedOutput(allowsColor: true), response)
    #expect(colored == "\u{1B}[2mlet me \u{1B}[0m\u{1B}[2msee\u{1B}[0m\n\nfour\n\n")
    let plain = await typed(RecordedOutput(), response)
    #expect(plain == "[reasoning]\nlet me see\n[answer]\nfour\n\n")
    response.content = ""
    response.ending = .length
    let remark = "the limit of tokens ended the reasoning before the answer; /set tokens raises it"
    let cut = await run(["hi"], on: conversation(response))
    #expect(cut.text == "\n" && cut.problems == [remark])
  }

  @Test("A command that fails: one line, the loop goes on, exit code 1")
  func failure() async {
    let result = await run(["/attahc x", "hi"], on: FakeConversation(replies: ["one"]))
    #expect(result.problems == ["unknown command. Hint: did you mean /attach?"])
    #expect(result.text == "one\n")
    #expect(result.code == 1)
    #expect(!result.calls.contains { $0.contains("attahc") })
  }

  @Test("An error from the model is one line too")
  func modelFailure() async {
    let conversation = FakeConversation()
    conversation.state.withLock { $0.failure = ChatError.messageTooLong(tokens: 900, limit: 500) }
    let result = await run(["hi", "/quit", "never"], on: conversation)
    #expect(result.problems.count == 1)
    #expect(result.problems[0].hasPrefix("the message needs 900 tokens; expected at most 500."))
    #expect(result.code == 1)
    #expect(!result.calls.contains("say never"))
  }

  @Test("/recall lists what fits; /forget takes a number or a question that one fact answers")
  func facts() async {
    func recall(_ id: Int, _ text: String, _ isInScope: Bool) -> ChatSession.Recall {
      ChatSession.Recall(
        memory: "a",
        recalled: RecalledFact(
          fact: Fact(
            id: id, handle: "\(id)abcdef12345", text: text, answer: nil,
            provenance: Provenance(
              conversation: "c", turn: 1, role: .user, source: "chat", time: 0)),
          scope: isInScope ? 0.9 : 0.1, isInScope: isInScope))
    }
    let one = FakeConversation()
    one.state.withLock { $0.recalled = [recall(3, "My dog is called Rex.", true)] }
    let result = await run(
      ["/recall dog", "/forget my dog", "/forget 3abc", "/forget 8abc"], on: one)
    #expect(result.text.contains("3abcdef1  My dog is called Rex."))
    #expect(result.text.contains("Forgot: My dog is called Rex."))
    #expect(
      result.calls.filter { $0.hasPrefix("forget") } == [
        "forget 3abcdef12345", "forget 3abcdef12345",
      ])
    #expect(result.problems.count == 1)
    #expect(result.problems[0].hasPrefix("there is no fact 8abc in the memory"))

    let several = FakeConversation()
    several.state.withLock {
      $0.recalled = [recall(1, "one", true), recall(2, "two", true), recall(4, "far", false)]
    }
    let unsure = await run(["/forget it"], on: several)
    #expect(unsure.text.contains("Several facts fit"))
    #expect(!unsure.text.contains("far"))
    #expect(!unsure.calls.contains { $0.hasPrefix("forget") })

    let none = await run(["/recall x", "/forget x", "/recall"])
    #expect(none.text.contains("No fact fits."))
    #expect(none.code == 1)
    #expect(none.problems.count == 1 && none.problems[0].contains("/recall dog"))

    let near = FakeConversation()
    near.state.withLock { $0.recalled = [recall(5, "My cat is called Mo.", false)] }
    let listed = await run(["/facts", "/facts 1", "/forget kitten"], on: near)
    #expect(listed.text.hasPrefix("5abcdef1  My cat is called Mo.\n"))
    #expect(listed.text.contains("/forget 5abcdef1 takes the nearest: My cat is called Mo."))
    #expect(!listed.calls.contains { $0.hasPrefix("forget") })
    // A person is asked.
    for (answer, isForgotten) in [("y", true), ("n", false)] {
      let output = RecordedOutput()
      let repl = REPL(
        conversation: near, model: .sample,
        source: TypedLines([.line("/forget kitten"), .line(answer), .end]), output: output)
      let before = near.calls.count
      #expect(await repl.run() == 0)
      #expect(output.text.contains("this one comes nearest"))
      #expect(near.calls[before...].contains { $0.hasPrefix("forget") } == isForgotten)
    }
  }

  @Test("/undo says what it takes back, /redo what comes back")
  func undoes() async {
    let conversation = FakeConversation()
    conversation.state.withLock { $0.messages = ["hi", "My dog is called Bozkif."] }
    let result = await run(["/undo", "/undo 2", "/redo"], on: conversation)
    #expect(result.problems.isEmpty)
    #expect(
      result.text == """
        Took back 1 turn: "My dog is called Bozkif."; /redo brings it back.
        Took back 2 turns, from "hi" on; /redo brings it back.
        Brought back 1 turn: "My dog is called Bozkif.".

        """)
  }

  @Test("/save asks a person before it replaces a file")
  func replaces() async throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Data("mine".utf8), as: "t.json")
    func save(_ answer: String) async -> String {
      let output = RecordedOutput()
      _ = await REPL(
        conversation: FakeConversation(), model: .sample,
        source: TypedLines([.line("/save \(path)"), .line(answer), .end]), output: output
      ).run()
      return output.text
    }
    #expect(await save("n").contains("Nothing was saved."))
    #expect(try Data(contentsOf: URL(filePath: path)) == Data("mine".utf8))
    #expect(await save("y").contains("Saved 0 turns"))
    #expect(try Data(contentsOf: URL(filePath: path)) != Data("mine".utf8))
  }

  @Test("A long line breaks at words, and goes on under its last column")
  func folds() async {
    let output = RecordedOutput(columns: 40)
    output.line("  /save FILE   write the transcript of this conversation to a file")
    output.line("short")
    output.line(String(repeating: "x", count: 90))
    let lines = output.text.split(separator: "\n")
    #expect(
      lines.prefix(4) == [
        "  /save FILE   write the transcript of", "               this conversation to a",
        "               file", "short",
      ])
    #expect(lines.last?.count == 90)
  }

  @Test(
    "Whole words and unique beginnings",
    arguments: [
      ("quit", "quit"), ("exit", "quit"), ("bye", "quit"), ("q", "quit"), ("h", "help"),
      ("att", "attach"), ("rege", "regen"), ("retry", "regen"), ("mem", "memory"),
      ("reme", "remember"), ("HELP", "help"), ("why", "why"), ("ab", "ab"), ("su", "surprise"),
    ])
  func resolves(word: String, name: String) throws {
    #expect(try CommandTable().resolve(word).name == name)
  }

  @Test(
    "Unknown and ambiguous words are refused",
    arguments: ["", "setx", "loadfoo", "re", "s", "usr/bin", "helpp"])
  func refuses(word: String) {
    #expect(throws: ReplError.self) { try CommandTable().resolve(word) }
  }

  @Test("Commands reach the conversation")
  func commands() async {
    let conversation = FakeConversation(replies: ["a", "b", "c"])
    let result = await run(
      [
        "hi", "/regen", "/continue", "/undo 2", "/clear", "/system be brief", "/system",
        "/attach ~/x.mneme:ro", "/remember My dog is called Bozkif.", "/detach", "/system none",
      ], on: conversation)
    #expect(result.problems.isEmpty)
    let calls = result.calls.filter { !["save", "keep"].contains($0) }
    #expect(calls[0...5] == ["say hi", "regen", "continue", "undo 2", "clear", "system be brief"])
    #expect(calls[6].hasSuffix("/x.mneme ro") && !calls[6].contains("~"))
    #expect(calls[7...] == ["remember My dog is called Bozkif.", "detach a", "system none"])
    #expect(result.text.contains("be brief\n"))
    #expect(result.text.contains("Took back 2 turns; /redo brings it back."))
    #expect(result.text.contains("Attached a: neural, new, read-only."))
  }

  @Test(
    "Wrong arguments are refused with the usage",
    arguments: [
      "/undo x", "/undo 0", "/redo 2", "/facts x", "/facts 0", "/forget", "/attach", "/detach",
      "/remember", "/ab", "/save", "/load", "/read",
      "/show nothing", "/memory x", "/stats x", "/edit", "/surprise x", "/set temperature hot",
      "/set nothing 1",
    ])
  func usage(line: String) async {
    let result = await run([line])
    #expect(result.problems.count == 1)
    #expect(result.code == 1)
    #expect(result.calls == ["save"])
  }

  @Test("Settings change and show")
  func settings() async {
    let result = await run([
      "/set repetition-guard off", "/set temperature 0.5", "/set tok   12", "/set seed random",
      "/set autosave off", "/set",
    ])
    #expect(result.problems.isEmpty)
    #expect(
      result.text.hasPrefix(
        "repetition-guard off\ntemperature 0.5\ntokens 12\nseed random\nautosave off\n"))
    #expect(result.text.contains("repeat-penalty"))
  }

  @Test("A block is one message, and a slash in it is no command")
  func literal() async {
    let result = await run(["\"\"\"", "/not a command", "second", "\"\"\"", "a\\", "b"])
    #expect(
      result.calls.filter { !["save", "keep"].contains($0) } == [
        "say /not a command\nsecond", "say a\nb",
      ])
  }

  @Test("What the script leaves unfinished is still an input")
  func unfinished() async {
    let result = await run(["\"\"\"begun", "more"])
    #expect(result.calls.contains("say begun\nmore"))
  }

  @Test("A person: prompts, hint on Ctrl-C, abandoned block, Ctrl-D saves, exit 0")
  func interactive() async {
    let conversation = FakeConversation()
    let source = TypedLines([
      .interrupted, .line("\"\"\""), .line("half"), .interrupted, .line("/nonsense"),
      .line("/set history off"), .end,
    ])
    let output = RecordedOutput()
    let repl = REPL(conversation: conversation, model: .sample, source: source, output: output)
    #expect(await repl.run() == 0)
    #expect(source.prompts == [">>> ", ">>> ", "... ", "... ", ">>> ", ">>> ", ">>> "])
    #expect(output.text.contains("Ctrl-D or /quit leaves"))
    #expect(output.problems.count == 1)
    #expect(source.remembered == ["/nonsense", "/set history off"])
    #expect(!source.historyIsOn)
    #expect(conversation.calls == ["save"])
  }

  @Test("In a script notices stay out of the output")
  func notices() async {
    let conversation = FakeConversation()
    conversation.state.withLock {
      $0.replies = [
        [
          .notice(.droppedTurns(count: 1, contextLength: 512)), .text("fine"),
          .finished(FakeConversation.response("fine")),
        ]
      ]
    }
    let result = await run(["hi"], on: conversation)
    #expect(result.text == "fine\n")
    #expect(result.problems == ["context of 512 tokens full: 1 oldest turn dropped."])
    #expect(result.code == 0)
  }

  @Test("/why -v and /ab print what the session reports")
  func insight() async {
    let conversation = FakeConversation()
    conversation.state.withLock {
      $0.recollections = [
        Recollection(
          memory: "a", module: "neighbor", token: " Boz", expected: " Boz", gate: 0.81,
          weight: 0.9, source: "dog is called Bozkif", turn: 1)
      ]
    }
    let result = await run(["/why -v", "/ab who?", "/stats"], on: conversation)
    #expect(
      result.text.contains("Boz    Boz       a neighbor  0.81    0.90     1  dog is called Bozkif"))
    #expect(result.text.contains("detached:\nno idea\nattached:\nBozkif\n"))
    #expect(result.text.contains("There is no reply yet."))
  }

  @Test("/why -v shows the surprise of what was learned last, the strongest of a long message")
  func surprise() async {
    let conversation = FakeConversation()
    func token(_ text: String, _ momentary: Float, isWritten: Bool = true) -> LearnedToken {
      LearnedToken(
        memory: "a", text: text,
        surprise: TokenSurprise(
          journal: 0, token: 5, surprisal: 6.25, loss: 6, momentary: momentary, past: 0.5,
          theta: 0.125, eta: 0, alpha: 0, isWritten: isWritten))
    }
    conversation.state.withLock {
      $0.learned = [token(" Boz", 3.5), token("kif", 1.25, isWritten: false)]
    }
    let result = await run(["/why -v"], on: conversation)
    #expect(result.text.hasPrefix("Memory contributed nothing to the last reply.\n\nLearned last"))
    #expect(result.text.contains("Boz    a            6.25       3.50  0.50  0.125"))
    #expect(result.text.contains("kif    a            6.25       1.25  0.50  0.125  not written"))
    conversation.state.withLock {
      $0.learned = (0..<40).map { token("t\($0)", Float(($0 * 17) % 40)) }
    }
    let long = await run(["/why -v"], on: conversation)
    #expect(long.text.contains("the strongest 24:"))
    // Momentary 16 and above, in the order of the message.
    let shown = long.text.split(separator: "\n").compactMap { $0.split(separator: " ").first }
      .filter { $0.hasPrefix("t") && $0 != "token" }.map(String.init)
    #expect(shown == (0..<40).filter { ($0 * 17) % 40 >= 16 }.map { "t\($0)" })
  }

  @Test("Statistics after each reply when asked for")
  func statistics() async {
    let result = await run(["/stats on", "hi"], on: FakeConversation(replies: ["x"]))
    #expect(
      result.text
        == "stats on\nx\n[prompt 10 tokens, 2000 per second; reply 2 tokens, 500 per second]\n")
  }
}

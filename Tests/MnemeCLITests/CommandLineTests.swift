import ArgumentParser
import MnemeCLI
import Testing

@Suite("Command line")
struct CommandLineTests {
  @Test("What is wrong with a command line is said with what was typed")
  func named() throws {
    for (arguments, said) in [
      (["generate", "a", "surplus"], "surplus"), (["generate", "a", "--tokens", "many"], "many"),
      (["tell me a joke"], "'tell me a joke' is neither a command nor a memory file"),
      (["chat", "--temperature", "-1"], "--temperature takes a number from 0.0"),
      (["generate", "a", "--tokens", "-5"], "--tokens takes 0 or more"),
    ] {
      let error = #expect(throws: (any Error).self) { _ = try MnemeCommand.parseAsRoot(arguments) }
      let ending = MnemeCommand.ending(with: try #require(error))
      #expect(ending.code == 64 && ending.text?.contains(said) == true, "\(ending)")
    }
  }

  @Test("Options reach the part of a group that they stand behind")
  func parts() throws {
    let recall = try MnemeCommand.parseAsRoot(["bench", "recall", "--module", "dnc"])
    #expect("\(recall)".contains("dnc"), "\(recall)")
    let speed = try MnemeCommand.parseAsRoot(["bench", "--module", "delta"])
    #expect("\(speed)".contains("delta"), "\(speed)")
  }

  @Test("A memory file needs no option; what is no file and no name of one is not taken for it")
  func places() throws {
    for arguments in [["me.mneme"], ["chat", "me.mneme"], ["chat", "a.mneme:ro", "b.mneme"]] {
      #expect(throws: Never.self) { _ = try MnemeCommand.parseAsRoot(arguments) }
    }
  }

  @Test(
    "Wrong usage ends with 64",
    arguments: [
      ["nonsense", "x"], ["generate"], ["generate", "a", "--file", "b"], ["tokenize"],
      ["chat", "--temperature", "-1"], ["chat", "--top-p", "2"], ["chat", "--threads", "0"],
      ["chat", "--chat-template", "nope"], ["chat", "--autosave", "sometimes"],
      ["chat", "--repetition-guard", "maybe"], ["generate", "x", "--repetition-guard", "off"],
      ["chat", "--autosave", "-3"], ["memory", "undo", "f", "--steps", "0"],
      ["memory", "redo"],
      ["chat", "--memory", ""], ["chat", "--memory", ":ro"], ["chat", "--module", "nonsense"],
      ["learn", "a.txt"], ["learn", "a.txt", "--memory", "a.mneme:ro"],
      ["perplexity", "a.txt", "--learn"], ["perplexity", "a.txt", "--save"],
      ["ab", "--memory", "a.mneme"], ["ab", "--prompts", "p.jsonl"],
      ["ab", "--memory", "a", "--prompts", "p", "--text", "t"], ["trace", "x"],
      ["ab", "--suite", "nonsense"], ["ab", "--suite", "all", "--prompts", "p"],
      ["ab", "--suite", "conversations"], ["ab", "--suite", "all", "--resume"],
      ["ab", "--suite", "all", "--arm", "neural+nonsense"],
      ["ab", "--suite", "all", "--lengths", "1,x"],
      ["ab", "--suite", "all", "--arm", "neural+neural"],
      ["ab", "--suite", "all", "--episodes", "0"],
      ["ab", "--suite", "all", "--budget", "0"],
      ["ab", "--memory", "m", "--text", "t", "--control", "retrieval"],
      ["ab", "--memory", "m", "--prompts", "p", "--control", "wrong-memory"],
      ["ab", "--edits", "e", "--report", "r"], ["ab", "--from", "r", "--suite", "all"],
      ["ab", "--from", "r", "--memory", "m"],
      ["trace", "--ids", "1,b", "--output", "o"], ["memory", "write", "text"],
      ["bench", "--rounds", "0"], ["model", "quantize", "a.gguf"],
      ["model", "quantize", "a", "b", "--type", "Q9"], ["model", "convert", "a"],
      ["model", "convert", "a", "b", "--type", "F8"],
      ["model", "quantize", "a", "b", "--type", "bf16"],
      ["model", "quantize", "a", "b", "--type", "q5_0"], ["memory", "info"],
      ["memory", "facts", "--json"], ["memory", "export", "--quiet"],
      ["memory", "forget", "f"], ["memory", "forget", "f", "--id", "xyz1"],
      ["memory", "forget", "f", "--id", "abc"], ["memory", "forget", "f", "--since", "yesterday"],
      ["memory", "forget", "f", "--id", "abcd", "--source", "s"],
      ["memory", "forget", "f", "--since", "2026-02-02", "--until", "2026-02-01"],
      ["memory", "merge", "a", "b"], ["memory", "merge", "a", "-o", "c"],
      ["memory", "merge", "a", "b", "-o", "c", "--keep", "oldest"], ["memory", "diff", "a"],
      ["memory", "fork", "a"], ["memory", "rebind", "a"], ["memory", "import", "a"],
      ["memory", "journal", "a", "--limit", "0"],
    ])
  func usage(arguments: [String]) {
    do {
      _ = try MnemeCommand.parseAsRoot(arguments)
      Issue.record("accepted \(arguments)")
    } catch {
      #expect(MnemeCommand.exitCode(for: error) == .validationFailure, "\(arguments)")
    }
  }

  @Test(
    "What CLI users type is understood",
    arguments: [
      ["memory", "forget", "f", "--id", "5CA1", "--id", "c8a9e2c7fe8c"],
      ["memory", "forget", "f", "--since", "2026-02-01", "--until", "2026-02-02T10:30:00Z"],
      ["memory", "forget", "f", "--since", "2026-02-01T10:30:00+01:00"],
      ["memory", "forget", "f", "--journal"], ["memory", "forget", "f", "--conversation", "c"],
      ["memory", "merge", "a", "b", "-o", "c", "--keep", "both"], ["memory", "diff", "a", "b"],
      ["memory", "fork", "a", "b"], ["memory", "rebind", "a", "-o", "b", "--from", "m.gguf"],
      ["memory", "export", "a"], ["memory", "export", "a", "b.jsonl"],
      ["memory", "import", "-", "b"], ["memory", "journal", "a", "--source", "s", "--json"],
      ["memory", "compact", "a"], ["memory", "create", "a", "--no-journal"],
      ["chat", "--no-journal"], ["learn", "t", "--memory", "a", "--no-journal"],
      [], ["chat"], ["--memory", "a.mneme"], ["chat", "-c", "hi", "-c", "/stats"],
      ["chat", "-c", "--odd", "--memory", "a", "--memory", "b:ro", "--module", "neighbor"],
      [
        "generate", "x", "--tokens", "5", "--top-k", "3", "--min-p", "0.1", "--repeat-penalty", "1",
      ],
      ["generate", "", "--json"],
      ["learn", "a", "b", "--memory", "m", "--source", "s", "--limit", "9"],
      ["perplexity", "a", "--context", "128", "--memory", "m", "--learn", "--save"],
      ["ab", "--memory", "m", "--prompts", "p", "--control", "w", "--control", "full-context"],
      ["ab", "--suite", "all", "--report", "r.html", "--resume"],
      ["ab", "--suite", "needles", "--lengths", "512,4096"],
      [
        "ab", "--suite", "recall", "--suite", "cost", "--arm", "neural", "--arm",
        "episodic+neighbor", "--episodes", "2",
      ],
      [
        "ab", "--suite", "conversations", "--data", "d.json", "--control", "none", "--markdown",
        "m.md",
      ],
      ["ab", "--prompts", "p", "--module", "episodic", "--control", "retrieval", "--budget", "64"],
      ["ab", "--memory", "m", "--text", "t", "--learn", "--results", "r.json"],
      ["ab", "--from", "r.json", "--report", "r.html"],
      ["memory", "create", "f", "--module", "neural", "--module", "neighbor"],
      ["memory", "create", "f", "--set", "episodic.readout=latents", "--set", "neural.a.b=1"],
      ["chat", "--repetition-guard", "off"], ["chat", "--repetition-guard", "on"],
      ["chat", "--autosave", "off"], ["chat", "--autosave", "2.5"],
      ["memory", "undo", "f", "--steps", "3"], ["memory", "redo", "f"],
      ["memory", "info", "f", "--json"], ["memory", "verify", "f"],
      ["tokenize", "x", "--no-bos", "--special"],
      ["trace", "--ids", "1,2,3", "--hooks", "none", "--output", "o.safetensors"],
      ["bench", "--prompt", "64", "--generate", "8"], ["model", "info"],
      ["model", "quantize", "a", "b", "--type", "q6_k"], ["model", "convert", "a", "b"],
      ["model", "convert", "a", "b", "--type", "bf16"],
      ["model", "convert", "a", "b", "--type", "Q4_k"], ["model", "quantize", "a", "b"],
      ["memory", "fork", "--json", "a", "b", "--passphrase-file", "p", "-q"],
      ["memory", "passphrase", "a", "--new-passphrase-file", "n"],
      ["memory", "facts", "--threads", "2", "a", "--query", "q"],
      ["adapter", "train", "--data", "a", "--text", "b", "-o", "c"],
    ])
  func accepted(arguments: [String]) throws {
    _ = try MnemeCommand.parseAsRoot(arguments)
  }

  @Test("Help and version leave with 0", arguments: [["--help"], ["--version"], ["ab", "--help"]])
  func clean(arguments: [String]) {
    do {
      var command = try MnemeCommand.parseAsRoot(arguments)
      try command.run()
      Issue.record("ran \(arguments)")
    } catch {
      #expect(MnemeCommand.exitCode(for: error) == .success)
    }
  }

  @Test("Help names every command of this version and no other")
  func help() {
    let text = MnemeCommand.helpMessage()
    for name in [
      "chat", "generate", "learn", "perplexity", "ab", "memory", "tokenize", "trace", "bench",
      "model", "adapter",
    ] {
      #expect(text.contains("\n  \(name)"), "\(name)")
    }
  }
}

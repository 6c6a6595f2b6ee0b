#if os(Linux)
  import Foundation
  import TestSupport
  import Testing

  /// The program with streams that fail, as a shell starts it.
  @Suite("Standard streams of the program", .enabled(if: BuiltProgram.path != nil))
  struct StreamProgramTests {
    let folder: TemporaryFolder
    let model: TinyModel
    let memory: String
    let text: String

    init() throws {
      folder = try TemporaryFolder()
      model = try TinyModel()
      memory = folder.path("m.mneme")
      text = try folder.write(Data("The tower of Ombo is called Krell.\n".utf8), as: "text.txt")
    }

    /// Runs with the tiny model; `MEMORY` and `TEXT` are files, a memory is made first where one is named.
    private func run(_ line: String, _ redirections: String) throws -> BuiltProgram.Run {
      if line.contains("MEMORY"), !FileManager.default.fileExists(atPath: memory) {
        let made = try BuiltProgram.run(
          ["memory", "create", memory, "--module", "episodic"], model: model.path)
        #expect(made.code == 0, "\(made.error)")
      }
      let arguments = line.split(separator: " ").map { part in
        String(part).replacing("MEMORY", with: memory).replacing("TEXT", with: text)
      }
      return try BuiltProgram.run(arguments, redirections, model: model.path)
    }

    private static let printing = [
      "--help", "--version", "help memory", "memory", "--generate-completion-script bash",
      "memory kinds", "memory kinds --json", "tokenize hi", "tokenize hi --json", "model info",
      "model info --json", "generate hi --tokens 3", "generate hi --tokens 3 --json",
      "perplexity TEXT", "perplexity TEXT --json", "chat --no-history -c hi",
      "chat --no-history -c /help", "memory info MEMORY", "memory info MEMORY --json",
      "memory facts MEMORY --json", "memory journal MEMORY", "memory export MEMORY",
      "memory diff MEMORY MEMORY --json", "memory verify MEMORY",
      "bench --plain --prompt 8 --generate 2 --rounds 1",
    ]

    @Test("A full disk is told, whatever prints", arguments: printing)
    func full(line: String) throws {
      let result = try run(line, ">/dev/full")
      #expect(result.code == 1)
      let problem = "mneme: standard output could not be written: no space left on device. Hint: "
      #expect(result.error.split(separator: "\n").count { $0.hasPrefix(problem) } == 1)
    }

    @Test("So is an output that is closed, and no file is written into in its place")
    func closed() throws {
      for line in [
        "tokenize hi", "memory info MEMORY", "chat --no-history -q --memory MEMORY -c hi",
      ] {
        let result = try run(line, ">&-")
        #expect(result.code == 1, "\(line)")
        #expect(
          result.error.hasPrefix(
            "mneme: standard output could not be written: it is closed. Hint:"),
          "\(line)")
      }
      #expect(try run("memory verify MEMORY", "").code == 0)
    }

    /// Standard output is a pipe whose reader has gone already.
    private func brokenPipe() -> String {
      let path = folder.path("pipe")
      mkfifo(path, 0o600)
      return "3<>\"\(path)\" 4>\"\(path)\" 3<&- >&4 4>&-"
    }

    @Test("A reader that has gone ends every command without a word", arguments: printing)
    func gone(line: String) throws {
      let result = try run(line, brokenPipe())
      #expect(result.code == 141)
      #expect(result.error.isEmpty)
    }

    @Test("A chat whose reader has gone keeps what it learned")
    func chatKeeps() throws {
      let result = try run(
        "chat --no-history -q --autosave off --tokens 4 --memory MEMORY -c Ombo", brokenPipe())
      #expect(result.code == 141 && result.error.isEmpty)
      #expect(try run("memory journal MEMORY --json", "").out.contains("\"chat\""))
    }

    @Test(
      "Standard input that cannot be read is told, whoever reads it",
      arguments: [
        "chat --no-history -q", "generate -", "tokenize -", "perplexity -",
        "learn - --memory MEMORY", "memory facts MEMORY --query -",
        "memory write - --memory MEMORY", "memory import - NEW", "trace - -o OUT",
        "ab --prompts - --module episodic", "ab --from -", "chat -c hi --passphrase-file -",
        "adapter train --text - -o OUT",
      ], [("<&-", "it is closed"), ("</", "it is a directory")])
    func input(line: String, stream: (redirection: String, reason: String)) throws {
      let before = line.contains("MEMORY") ? try run("memory info MEMORY --json", "").out : ""
      let result = try run(line, stream.redirection)
      #expect(result.code == 1)
      #expect(
        result.error
          == "mneme: standard input could not be read: \(stream.reason); expected text from a file "
          + "or a pipe. Hint: give it with < FILE, or as COMMAND | mneme.\n")
      if line.contains("MEMORY") {
        #expect(try run("memory info MEMORY --json", "").out == before)
      }
    }

    @Test("A script saved with a byte order mark is the same script")
    func markedScript() throws {
      func said(_ script: String) throws -> BuiltProgram.Run {
        let path = try folder.write(Data(script.utf8), as: "script")
        return try run("chat --no-history -q", "<\"\(path)\"")
      }
      let script = "/system My key is 4711.\n/system\n"
      let plain = try said(script)
      #expect(plain.code == 0 && plain.out.contains("4711"))
      let marked = try said("\u{FEFF}" + script)
      #expect(marked.out == plain.out && marked.error == plain.error && marked.code == 0)
    }
  }
#endif

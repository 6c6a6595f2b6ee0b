#if os(Linux)
  import Foundation
  import TestSupport
  import Testing

  /// `mneme memory consolidate` and `mneme chat --consolidate` as processes of their own.
  @Suite(
    "Consolidation as a program",
    .enabled(if: BuiltProgram.path != nil, "the program was not built beside the tests"))
  struct ConsolidateProgramTests {
    private let folder: TemporaryFolder
    private let tiny: TinyLlama
    private var model: String { tiny.path }

    init() throws {
      folder = try TemporaryFolder()
      tiny = try TinyLlama(seed: 5)
    }

    private func run(_ arguments: String...) throws -> BuiltProgram.Run {
      try BuiltProgram.run(arguments, model: model)
    }

    /// A memory file with facts.
    private func memory(_ name: String = "m", kinds: [String] = ["episodic", "neural"]) throws
      -> String
    {
      let path = folder.path("\(name).mneme")
      let made = try BuiltProgram.run(
        ["memory", "create", path, "-q"] + kinds.flatMap { ["--module", $0] }, model: model)
      #expect(made.code == 0, "\(made.error)")
      for fact in ["the capital of Zumbaru is Trillo.", "my brother plays the oboe."] {
        let told = try run("chat", path, "-q", "--no-history", "-c", "/remember \(fact)")
        #expect(told.code == 0, "\(told.error)")
      }
      return path
    }

    @Test("Learned by heart, once; then unlearned")
    func command() throws {
      let path = try memory()
      let first = try run("memory", "consolidate", path, "--epochs", "4", "--json")
      #expect(first.code == 0, "\(first.error)")
      #expect(first.out.contains("\"new\":2"))
      let again = try run("memory", "consolidate", path)
      #expect(again.out == "Nothing new: 2 facts learned by heart.\n")
      let off = try run("memory", "consolidate", path, "--off")
      #expect(off.out == "Unlearned 2 facts: answers rest on the text again.\n")
      #expect(
        try run("memory", "consolidate", path, "--off").out == "No fact was learned by heart.\n")
    }

    @Test("A chat learns by heart when it ends, if it is asked to")
    func chat() throws {
      let path = try memory()
      let left = try run(
        "chat", path, "--no-history", "--consolidate", "--tokens", "2", "-c", "/facts")
      #expect(left.code == 0, "\(left.error)")
      #expect(left.out.contains("m: Learned 2 facts by heart in "))
      let quiet = try run("chat", path, "-q", "--no-history", "--consolidate", "-c", "/facts")
      #expect(quiet.code == 0)
      #expect(!quiet.out.contains("by heart"))
    }

    @Test("Without facts, or without a memory that can, one sentence and a status say so")
    func refused() throws {
      let path = folder.path("empty.mneme")
      #expect(
        try run("memory", "create", path, "-q", "--module", "episodic", "--module", "neural").code
          == 0)
      let empty = try run("memory", "consolidate", path)
      #expect(empty.code != 0)
      #expect(empty.error.split(separator: "\n").count == 1, "\(empty.error)")
      let other = try run("memory", "consolidate", try memory("o", kinds: ["episodic"]))
      #expect(other.code != 0)
      #expect(other.error.contains("neural"))
      #expect(other.error.split(separator: "\n").count == 1, "\(other.error)")
      // A chat goes its way: such memories have nothing to learn by heart.
      #expect(
        try run("chat", path, "-q", "--no-history", "--consolidate", "-c", "/facts").code == 0)
    }
  }
#endif

import ArgumentParser
import Foundation
import Mneme

extension MemoryGroup {
  /// `mneme memory journal`.
  struct Journal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "journal", abstract: "What a memory has read: every commit with its provenance.")

    @OptionGroup var model: ModelOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The memory file.", completion: .file(extensions: ["mneme"]))
    var file: String

    @Option(name: .long, help: "Only what came from this source.")
    var source: String?

    @Option(name: .long, help: "The last so many commits (default: 50, with --json all).")
    var limit: Int?

    func validate() throws {
      if let limit, limit < 1 { throw ValidationError("--limit takes at least 1.") }
    }

    func run() async throws {
      let path = PathText.expanded(file)
      let passphrase = try passphrase.reader().passphrase(of: path)
      let loaded = try await model.load()
      let memory = try loaded.loadMemory(path, readOnly: true, passphrase: passphrase)
      guard memory.journal != nil else {
        throw MemoryError.noReplay(name: memory.name, hint: "it was made without one")
      }
      let all = memory.commits(with: loaded.tokenizer).filter {
        source == nil || $0.source == source
      }
      let shown = Array(all.suffix(limit ?? (output.json ? all.count : 50)))
      if output.json {
        try JSONOutput.print(Report(count: all.count, commits: shown))
        return
      }
      guard !shown.isEmpty else {
        StandardStreams.out("The journal is empty.\n")
        return
      }
      var table = TextTable(
        ["time", "source", "turn", "role", "tokens", "learned", "surprisal", "text"],
        alignments: [.left, .left, .right, .left, .right, .right, .right, .left])
      for commit in shown {
        table.add([
          Figures.date(commit.time), commit.source, "\(commit.turn)", commit.role,
          "\(commit.tokens)", "\(commit.learned)",
          commit.learned > 0 ? Figures.decimal(commit.surprisal, 2) : "", Self.line(commit.text),
        ])
      }
      for line in table.lines { StandardStreams.out(line + "\n") }
      if shown.count < all.count {
        output.remark("The last \(shown.count) of \(all.count) commits; --limit shows more.")
      }
    }

    private static func line(_ text: String) -> String {
      let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        .trimmingCharacters(in: .whitespaces)
      return line.count > 60 ? line.prefix(57) + "..." : line
    }

    private struct Report: Encodable {
      let count: Int
      let commits: [JournalCommit]
    }
  }

  /// `mneme memory compact`.
  struct Compact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "compact", abstract: "Take the last traces of replaced facts out of a memory.",
      discussion: """
        A fact that is told anew replaces the old one at once where that can be subtracted; modules that cannot \
        subtract keep a tendency until the next 'forget', or this.
        """)

    @OptionGroup var model: ModelOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The memory file.", completion: .file(extensions: ["mneme"]))
    var file: String

    func run() async throws {
      let path = PathText.expanded(file)
      let passphrase = try passphrase.reader().passphrase(of: path)
      let loaded = try await model.load()
      let bar = output.progressBar("Compacting")
      let tokens = try await Work.run {
        defer { bar.finish() }
        let memory = try loaded.loadMemory(
          path, forWriting: true, passphrase: passphrase)
        let tokens = try memory.compact { share in
          try Task.checkCancellation()
          bar.update(share, "Compacting")
        }
        if tokens > 0 { try memory.save(to: path) }
        return tokens
      }
      if output.json {
        try JSONOutput.print(["replayed_tokens": tokens])
      } else {
        StandardStreams.out(
          tokens > 0
            ? "Made again from \(Figures.plural(tokens, "token")).\n" : "There was nothing to do.\n"
        )
      }
    }
  }
}

import ArgumentParser
import Foundation
import Mneme

extension MemoryGroup {
  /// `mneme memory journal`.
  struct Journal: AsyncParsableCommand, MemoryFileCommand {
    static let configuration = CommandConfiguration(
      commandName: "journal", abstract: "What a memory has read: every commit with its provenance.")

    @OptionGroup var memory: OpenMemoryOptions

    @Option(
      name: .long, help: "Only what came from this source: a file's path as it was given, in full.")
    var source: String?

    @Option(
      name: .long, parsing: .unconditional,
      help: "The last so many commits (default: 50, with --json all).")
    var limit: Int?

    func validate() throws {
      if let limit, limit < 1 { throw ValidationError("--limit takes at least 1.") }
    }

    func run() async throws {
      let (loaded, memory) = try await memory.read()
      guard memory.journal != nil else {
        throw MemoryError.noReplay(name: memory.name, hint: "it was made without one")
      }
      let all = memory.commits(with: loaded.tokenizer).filter {
        source == nil || $0.source == source.map(ByteString.init(_:))
      }
      let shown = Array(all.suffix(limit ?? (output.json ? all.count : 50)))
      if output.json {
        try JSONOutput.print(Report(count: all.count, commits: shown))
        return
      }
      guard !shown.isEmpty else {
        try StandardStreams.out(
          all.isEmpty && source != nil ? "No commits.\n" : "The journal is empty.\n")
        SourceText.remark(source, in: memory, output)
        return
      }
      var table = TextTable(
        ["time", "source", "turn", "role", "tokens", "learned", "surprisal", "text"],
        alignments: [.left, .left, .right, .left, .right, .right, .right, .left])
      for commit in shown {
        table.add([
          Figures.date(commit.time), commit.source.text, "\(commit.turn)", commit.role,
          "\(commit.tokens)", "\(commit.learned)",
          commit.learned > 0 ? Figures.decimal(commit.surprisal, 2) : "",
          TextTable.shortened(commit.text, to: 60),
        ])
      }
      for line in table.lines { try StandardStreams.out(line + "\n") }
      if shown.count < all.count {
        output.remark("The last \(shown.count) of \(all.count) commits; --limit shows more.")
      }
    }

    private struct Report: Encodable {
      let count: Int
      let commits: [JournalCommit]
    }
  }

  /// `mneme memory compact`.
  struct Compact: AsyncParsableCommand, MemoryFileCommand {
    static let configuration = CommandConfiguration(
      commandName: "compact", abstract: "Take the last traces of replaced facts out of a memory.",
      discussion: """
        A fact that is told anew replaces the old one at once where that can be subtracted; modules that cannot \
        subtract keep a tendency until the next 'forget', or this. What an interrupted chat left in the log beside \
        the file is taken into it, too.
        """)

    @OptionGroup var memory: OpenMemoryOptions

    func run() async throws {
      let (tokens, recovered) = try await memory.change("Compacting") { memory, _, progress in
        let tokens = try memory.compact(progress: progress)
        return ((tokens, memory.recovered), saves: tokens > 0 || memory.recovered > 0)
      }
      if output.json {
        try JSONOutput.print(["replayed_tokens": tokens, "recovered_turns": recovered])
      } else {
        if recovered > 0 {
          try StandardStreams.out("Took in \(Figures.plural(recovered, "message")) from the log.\n")
          if tokens == 0 { return }
        }
        try StandardStreams.out(
          tokens > 0
            ? "Made again from \(Figures.plural(tokens, "token")).\n" : "There was nothing to do.\n"
        )
      }
    }
  }
}

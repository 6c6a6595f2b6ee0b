import ArgumentParser
import Foundation
import Mneme

extension MemoryGroup {
  /// `mneme memory fork`.
  struct Fork: ParsableCommand, MemoryFileCommand {
    static let configuration = CommandConfiguration(
      commandName: "fork", abstract: "Copy a memory, so that each goes its own way.",
      discussion: "The file is checked first. 'mneme memory merge' brings two forks together again."
    )

    @OptionGroup var memory: MemoryFileOptions

    @Argument(help: "The file to make.", completion: .file(extensions: ["mneme"]))
    var copy: String

    func run() throws {
      let info = try DetachableMemory.fork(
        memory.path, to: PathText.expanded(copy), passphrase: memory.key())
      if output.json {
        try JSONOutput.print(info)
      } else {
        try StandardStreams.out("\(copy) is a copy of \(memory.file).\n")
      }
    }
  }

  /// `mneme memory merge`.
  struct Merge: AsyncParsableCommand, MemoryFileCommand {
    static let configuration = CommandConfiguration(
      commandName: "merge", abstract: "Make one memory of two.",
      discussion: """
        The result is what the first memory would be had it also learned, after its own commits, those of the second; \
        commits that both share count once. Where two facts contradict each other, --keep chooses the one that stays.
        """)

    @OptionGroup var memory: MemoryPairOptions

    @Option(
      name: [.customShort("o"), .customLong("out")], help: "The file to make.",
      completion: .file(extensions: ["mneme"]))
    var target: String

    @Option(
      name: .long, help: "Which of two contradicting facts stays: newest, first, second or both.")
    var keep = MergePolicy.newest

    func run() async throws {
      let path = try NewFile.path(target)
      let load = try await memory.open()
      let bar = output.progressBar("Merging")
      let keep = keep
      let report = try await Work.run {
        defer { bar.finish() }
        let memories = try load(false)
        let report = try memories[0].merge(memories[1], keeping: keep) { share in
          try Task.checkCancellation()
          bar.update(share, "Merging")
        }
        try memories[0].save(to: path)
        return report
      }
      if output.json {
        try JSONOutput.print(Report(report))
        return
      }
      try StandardStreams.out(
        "\(target): \(Figures.plural(report.commits, "commit")) of \(memory.second) after those of \(memory.first)"
          + " (\(Figures.plural(report.shared, "commit")) shared).\n")
      for conflict in report.conflicts {
        try StandardStreams.out(
          "conflict, \(conflict.kept.rawValue) kept: \(conflict.first.text) | \(conflict.second.text)\n"
        )
      }
      for (kind, union) in report.modules.sorted(by: { $0.key.rawValue < $1.key.rawValue })
      where union != .exact {
        output.remark(
          union == .estimate
            ? "The \(kind) memory is an estimate: there was no journal to read again."
            : "The \(kind) memory is the first one's: there was no journal to read again.")
      }
    }

    private struct Report: Encodable {
      let commits: Int
      let shared: Int
      let tokens: Int
      let conflicts: [MergeConflict]
      let modules: [String: String]

      init(_ report: MergeReport) {
        commits = report.commits
        shared = report.shared
        tokens = report.tokens
        conflicts = report.conflicts
        modules = Dictionary(
          uniqueKeysWithValues: report.modules.map { ($0.key.rawValue, "\($0.value)") })
      }
    }
  }

  /// `mneme memory diff`.
  struct Diff: AsyncParsableCommand, MemoryFileCommand {
    static let configuration = CommandConfiguration(
      commandName: "diff", abstract: "In what two memories differ.",
      discussion: "Ends with 0 when they hold the same, with 1 when they do not.")

    @OptionGroup var memory: MemoryPairOptions

    func run() async throws {
      let memories = try await memory.open()(true)
      let difference = memories[0].difference(to: memories[1])
      if output.json {
        try JSONOutput.print(difference)
      } else {
        for line in DifferenceText.lines(difference) { try StandardStreams.out(line + "\n") }
      }
      if !difference.isEmpty { throw ExitCode(1) }
    }
  }
}

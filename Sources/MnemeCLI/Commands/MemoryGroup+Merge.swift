import ArgumentParser
import Foundation
import Mneme

extension MemoryGroup {
  /// `mneme memory fork`.
  struct Fork: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "fork", abstract: "Copy a memory, so that each goes its own way.",
      discussion: "The file is checked first. 'mneme memory merge' brings two forks together again."
    )

    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The memory file.", completion: .file(extensions: ["mneme"]))
    var file: String

    @Argument(help: "The file to make.", completion: .file(extensions: ["mneme"]))
    var copy: String

    func run() throws {
      let (from, to) = (PathText.expanded(file), PathText.expanded(copy))
      let passphrase = try passphrase.reader().passphrase(of: from)
      let info = try DetachableMemory.fork(from, to: to, passphrase: passphrase)
      if output.json {
        try JSONOutput.print(info)
      } else {
        StandardStreams.out("\(copy) is a copy of \(file).\n")
      }
    }
  }

  /// `mneme memory merge`.
  struct Merge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "merge", abstract: "Make one memory of two.",
      discussion: """
        The result is what the first memory would be if it had lived the second one's life after its own; what both \
        share counts once. Where they tell different things of the same, --keep says which fact stays.
        """)

    @OptionGroup var model: ModelOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The first memory file.", completion: .file(extensions: ["mneme"]))
    var first: String

    @Argument(help: "The second memory file.", completion: .file(extensions: ["mneme"]))
    var second: String

    @Option(
      name: [.customShort("o"), .customLong("out")], help: "The file to make.",
      completion: .file(extensions: ["mneme"]))
    var target: String

    @Option(
      name: .long, help: "Which of two contradicting facts stays: newest, first, second or both.")
    var keep = MergePolicy.newest

    func run() async throws {
      let path = PathText.expanded(target)
      guard !FileManager.default.fileExists(atPath: path) else {
        throw MemoryError.fileExists(path: path)
      }
      let reader = try passphrase.reader()
      let paths = [first, second].map(PathText.expanded)
      let passphrases = try reader.passphrases(for: paths)
      let loaded = try await model.load()
      let bar = output.progressBar("Merging")
      let keep = keep
      let report = try await Work.run {
        defer { bar.finish() }
        let memory = try loaded.loadMemory(paths[0], passphrase: passphrases[paths[0]])
        let other = try loaded.loadMemory(paths[1], passphrase: passphrases[paths[1]])
        let report = try memory.merge(other, keeping: keep) { share in
          try Task.checkCancellation()
          bar.update(share, "Merging")
        }
        try memory.save(to: path)
        return report
      }
      if output.json {
        try JSONOutput.print(Report(report))
        return
      }
      StandardStreams.out(
        "\(target): \(Figures.plural(report.commits, "commit")) of \(second) behind those of \(first)"
          + " (\(Figures.plural(report.shared, "commit")) shared).\n")
      for conflict in report.conflicts {
        StandardStreams.out(
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
  struct Diff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "diff", abstract: "In what two memories differ.",
      discussion: "Ends with 0 when they hold the same, with 1 when they do not.")

    @OptionGroup var model: ModelOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The first memory file.", completion: .file(extensions: ["mneme"]))
    var first: String

    @Argument(help: "The second memory file.", completion: .file(extensions: ["mneme"]))
    var second: String

    func run() async throws {
      let reader = try passphrase.reader()
      let paths = [first, second].map(PathText.expanded)
      let passphrases = try reader.passphrases(for: paths)
      let loaded = try await model.load()
      let memories = try paths.map {
        try loaded.loadMemory($0, readOnly: true, passphrase: passphrases[$0])
      }
      let difference = memories[0].difference(to: memories[1])
      if output.json {
        try JSONOutput.print(difference)
      } else {
        for line in DifferenceText.lines(difference) { StandardStreams.out(line + "\n") }
      }
      if !difference.isEmpty { throw ExitCode(1) }
    }
  }
}

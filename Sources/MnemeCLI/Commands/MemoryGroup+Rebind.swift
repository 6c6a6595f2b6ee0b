import ArgumentParser
import Foundation
import Mneme
import MnemeEvaluation

extension MemoryGroup {
  /// `mneme memory rebind`.
  struct Rebind: AsyncParsableCommand, MemoryFileCommand {
    static let configuration = CommandConfiguration(
      commandName: "rebind",
      abstract: "Make a memory another model's own, by reading everything again.",
      discussion: """
        The new model reads the journal, and recall is measured before and after: the model completes statements \
        the memory was taught, with the memory and without. Where the models have different tokenizers the old one \
        must be named with --from.
        """)

    @OptionGroup var memory: OpenMemoryOptions

    @Option(
      name: [.customShort("o"), .customLong("out")], help: "The file to make.",
      completion: .file(extensions: ["mneme"]))
    var target: String

    @Option(
      name: .long, help: "The model it was made with.", completion: .file(extensions: ["gguf"]))
    var from: String?

    @Option(name: .long, help: "Slow weights for the new model (default: those beside it).")
    var adapter: String?

    func run() async throws {
      let place = try NewFile.path(target)
      let path = memory.memory.path
      let passphrase = try memory.memory.passphrase.reader().passphrase(for: path)
      let loaded = try await memory.model.loadForChat(quiet: output.quiet)
      var old: LanguageModel?
      if let from { old = try await LanguageModel.load(PathText.expanded(from)) }
      let job = MemoryRebinding(
        model: loaded, old: old, path: path, target: place,
        adapter: adapter.map(PathText.expanded), passphrase: passphrase)
      let bar = output.progressBar("Reading")
      let report = try await Work.run {
        defer { bar.finish() }
        return try job.run { bar.update($0, $1) }
      }
      if output.json {
        try JSONOutput.print(report)
        return
      }
      try StandardStreams.out(
        "Made \(target) of \(Figures.plural(report.commits, "commit"))"
          + " (\(Figures.plural(report.tokens, "token"))"
          + (report.retokenized ? ", in the new model's own tokens" : "") + ").\n")
      var table = TextTable(
        ["", "statements", "ended right", "detached", "nats a token", "detached"],
        alignments: [.left, .right, .right, .right, .right, .right])
      for (name, recall) in [("before", report.before), ("after", report.after)] {
        guard let recall else { continue }
        table.add([
          name, "\(recall.items)", Figures.decimal(100 * recall.attached, 1) + " %",
          Figures.decimal(100 * recall.detached, 1) + " %",
          Figures.decimal(recall.attached_nll, 2),
          Figures.decimal(recall.detached_nll, 2),
        ])
      }
      for line in table.lines { try StandardStreams.out(line + "\n") }
    }
  }
}

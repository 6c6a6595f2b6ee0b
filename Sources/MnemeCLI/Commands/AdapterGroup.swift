import ArgumentParser
import Foundation
import Mneme
import MnemeEvaluation

/// `mneme adapter`: the slow weights memories begin with.
struct AdapterGroup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adapter", abstract: "Make the adapter that new memories of a model begin with.",
    subcommands: [Train.self, Log.self])

  /// `mneme adapter train`.
  struct Train: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "train", abstract: "Fit an adapter to a model, on this machine.",
      discussion: """
        Measures the model's activations and fits the statistics each memory needs: whitening, \
        gates, sharpness, learning rate, scope, convolutions. Takes minutes on a small model, and \
        says in its first seconds how many; nothing is back-propagated through the model, and \
        weights that were trained otherwise and lie in \
        the adapter already are kept. The adapter is kept beside the model, where it is found by \
        itself. Reports the nats per token on the last fifth of each text, with the adapter there \
        was and with the new one.
        """)

    @OptionGroup var options: ModelOptions
    @OptionGroup var output: OutputOptions

    @Option(
      name: [.long, .customLong("text")],
      help: "A text of the kind to be read, or conversations (.jsonl). Repeatable.",
      completion: .file())
    var data: [String] = []

    @Option(
      name: [.customLong("output"), .customShort("o")],
      help: "The adapter (default: beside the model).",
      completion: .file(extensions: ["safetensors"]))
    var file: String?

    func run() async throws {
      let texts = try data.map { try Self.text(of: PathText.expanded($0)) }
      let model = try await options.loadForChat(quiet: output.quiet)
      let context = options.contextLength(of: model, quiet: output.quiet)
      let place = file.map(PathText.expanded) ?? Adapter.path(beside: model.path)
      let training = AdapterTraining(model: model, contextLength: context)
      let bar = output.progressBar("Fitting")
      let bytes = training.memoryNeeded(texts: texts.count)
      output.remark(CostAnnouncement.beginning(bytes: bytes))
      let cost = CostAnnouncement(bytes: bytes)
      let report = try await Work.run {
        defer { bar.finish() }
        let (adapter, report) = try training.run(
          texts, replacing: try model.adapter(at: place)
        ) { share, what in
          if let text = cost.text(after: share) {
            bar.finish()
            output.remark(text)
          }
          bar.update(share, what)
        }
        try Task.checkCancellation()
        try adapter.save(to: place)
        return report
      }
      if output.json {
        try JSONOutput.print(Report(adapter: place, measured: report))
      } else {
        try StandardStreams.out("Wrote \(place).\n")
        for line in Self.lines(report) { try StandardStreams.out(line + "\n") }
      }
    }

    /// A text as it stands; of conversations what is said, a line each.
    private static func text(of path: String) throws -> String {
      guard path.hasSuffix(".jsonl") else { return try TextFile.read(path) }
      let conversations = try JSONLines.decode(
        ConversationRecord.self, from: try TextFile.bytes(of: path), path: path)
      return conversations.flatMap { $0.turns.map(\.text) }.joined(separator: "\n")
    }

    private static func lines(_ report: AdapterReport) -> [String] {
      guard let detached = report.detached else {
        return ["No text was given: fitted to text the model generates itself. See --data."]
      }
      var table = TextTable(["nats per token", "before", "after", "without memory"])
      for module in report.modules {
        table.add([
          module.kind, module.before.map { Figures.decimal($0, 3) } ?? "no adapter",
          Figures.decimal(module.after, 3), Figures.decimal(detached, 3),
        ])
      }
      return table.lines
    }

    private struct Report: Encodable {
      let adapter: String
      let measured: AdapterReport
    }
  }
}

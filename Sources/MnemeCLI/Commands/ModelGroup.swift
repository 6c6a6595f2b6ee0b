import ArgumentParser
import Foundation
import Mneme

/// `mneme model`: about model files.
struct ModelGroup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Inspect a model file, and prepare it for memories.",
    subcommands: [Info.self, Calibrate.self])

  /// `mneme model info`.
  struct Info: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "info", abstract: "What a model file holds.")

    @OptionGroup var options: ModelOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The model file (default: --model, or the bundled model).")
    var file: String?

    func run() async throws {
      let model = try await LanguageModel.load((file ?? options.model).map(PathText.expanded))
      if output.json {
        try JSONOutput.print(model.summary)
      } else {
        for line in model.summary.lines { StandardStreams.out(line + "\n") }
      }
    }
  }

  /// `mneme model calibrate`.
  struct Calibrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "calibrate", abstract: "Make the adapter that new memories begin with.",
      discussion: """
        Measures the model's activations and fits each memory's gate; takes a minute on a small \
        model. The adapter is kept beside the model, where it is found by itself.
        """)

    @OptionGroup var options: ModelOptions
    @OptionGroup var output: OutputOptions

    @Option(name: .long, help: "A held-out text of the kind to be read. Repeatable.")
    var text: [String] = []

    @Option(
      name: [.customLong("output"), .customShort("o")],
      help: "The adapter (default: beside the model).",
      completion: .file(extensions: ["safetensors"]))
    var file: String?

    func run() async throws {
      let texts = try text.map { try TextFile.read(PathText.expanded($0)) }
      let model = try await options.load()
      let place = file.map(PathText.expanded) ?? Adapter.path(beside: model.path)
      let bar = output.progressBar("Calibrating")
      let modules = try await Work.run {
        defer { bar.finish() }
        let adapter = try model.calibrate(texts: texts, progress: { bar.update($0, $1) })
        try Task.checkCancellation()
        try adapter.save(to: place)
        return adapter.modules.keys.map(\.rawValue).sorted()
      }
      if output.json {
        try JSONOutput.print(Report(adapter: place, modules: modules))
      } else {
        StandardStreams.out("Wrote \(place) for \(modules.joined(separator: ", ")).\n")
      }
    }

    private struct Report: Encodable {
      let adapter: String
      let modules: [String]
    }
  }
}

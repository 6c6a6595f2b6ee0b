import ArgumentParser
import Foundation
import Mneme

/// `mneme model`: about model files.
struct ModelGroup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Inspect a model, convert it, or make a smaller one of it.",
    subcommands: [Info.self, Convert.self, Quantize.self])

  /// `mneme model info`.
  struct Info: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "info", abstract: "What a model file or folder holds.")

    @OptionGroup var options: ModelOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The model file or folder (default: --model, or the bundled model).")
    var file: String?

    func run() async throws {
      let model = try await LanguageModel.load(
        (file ?? options.model).map(PathText.expanded), chatTemplate: options.chatTemplate)
      if output.json {
        try JSONOutput.print(model.summary)
      } else {
        for line in model.summary.lines { try StandardStreams.out(line + "\n") }
      }
    }
  }
}

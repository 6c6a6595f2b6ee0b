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
      let path = (file ?? options.model).map(PathText.expanded)
      if let summary = try LanguageModel.vocabularySummary(
        ofModel: path, chatTemplate: options.chatTemplate)
      {
        return try print(summary, lines: summary.lines)
      }
      let model = try await LanguageModel.load(path, chatTemplate: options.chatTemplate)
      try print(model.summary, lines: model.summary.lines)
    }

    private func print(_ summary: some Encodable, lines: [String]) throws {
      if output.json {
        try JSONOutput.print(summary)
      } else {
        for line in lines { try StandardStreams.out(line + "\n") }
      }
    }
  }
}

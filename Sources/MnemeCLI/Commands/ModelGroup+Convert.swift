import ArgumentParser
import Foundation
import Mneme

extension ModelGroup {
  /// `mneme model convert`.
  struct Convert: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "convert", abstract: "Write a model as one GGUF file.",
      discussion: """
        The model is a Hugging Face folder (config.json, safetensors, tokenizer) or a GGUF file; the new \
        file is one that llama.cpp opens, too. Matrices stay as they are stored or get the type asked for, \
        vectors become F32. Nothing in the folder is executed; weights in pickles are refused.
        """)

    @OptionGroup var output: OutputOptions

    @Argument(help: "A Hugging Face folder or a GGUF file.", completion: .file())
    var source: String

    @Argument(help: "The new file.", completion: .file(extensions: ["gguf"]))
    var target: String

    @Option(name: .long, help: "F32, F16, BF16, Q8_0, Q6_K, Q4_K or Q4_0 (default: as stored).")
    var type: WeightTypeArgument<ConvertedTypes>?

    func run() async throws {
      let (source, target) = (PathText.expanded(source), PathText.expanded(target))
      let bar = output.progressBar("Converting")
      let type = type?.element
      let report = try await Work.run {
        defer { bar.finish() }
        return try ModelConversion(path: source, type: type).run(to: target) { bar.update($0, $1) }
      }
      try report.show(target: target, output)
    }
  }
}

import ArgumentParser
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

    @OptionGroup var files: ModelFileOptions

    @Option(name: .long, help: "F32, F16, BF16, Q8_0, Q6_K, Q4_K or Q4_0 (default: as stored).")
    var type: WeightTypeArgument<ConvertedTypes>?

    func run() async throws {
      let type = type?.element
      try await files.write("Converting") { source, target, progress in
        try ModelConversion(path: source, type: type).run(to: target, progress: progress)
      }
    }
  }
}

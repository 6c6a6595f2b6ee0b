import ArgumentParser
import Mneme

extension ModelGroup {
  /// `mneme model quantize`.
  struct Quantize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "quantize", abstract: "Write a model file with smaller weights.",
      discussion: """
        Matrices get the type asked for, vectors stay as they are; the matrix that makes the logits is \
        kept at Q6_K when four bits are asked for, and rows that are no whole superblocks get Q5_0 or \
        Q8_0, as in llama.cpp, which opens the file, too. Any GGUF file of F32, F16, BF16 or Q8_0 will do, whatever its \
        architecture, and any Hugging Face folder that Mneme opens. A memory of the model can be read with the smaller one (FILE:ro), and made its own by rebind.
        """)

    @OptionGroup var files: ModelFileOptions

    @Option(name: .long, help: "Q8_0, Q6_K, Q4_K or Q4_0.")
    var type = WeightTypeArgument<QuantizedTypes>(.q4_K)

    func run() async throws {
      let type = type.element
      try await files.write("Quantising") { source, target, progress in
        try ModelQuantization(path: source, type: type).run(to: target, progress: progress)
      }
    }
  }
}

import ArgumentParser
import Foundation
import Mneme

extension ModelGroup {
  /// `mneme model quantize`.
  struct Quantize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "quantize", abstract: "Write a model file with smaller weights.",
      discussion: """
        Matrices get the type asked for, vectors stay as they are; the matrix that makes the logits is \
        kept at Q6_K when four bits are asked for, and rows that are no whole superblocks get Q5_0 or \
        Q8_0, as in llama.cpp, which opens the file, too. Any GGUF file will do, whatever its \
        architecture, and any Hugging Face folder that Mneme opens. A memory of the model can be read with the smaller one (FILE:ro), and made its own by rebind.
        """)

    @OptionGroup var output: OutputOptions

    @Argument(
      help: "A GGUF file of F32, F16, BF16 or Q8_0, or a Hugging Face folder.",
      completion: .file())
    var source: String

    @Argument(help: "The new file.", completion: .file(extensions: ["gguf"]))
    var target: String

    @Option(name: .long, help: "Q8_0, Q6_K, Q4_K or Q4_0.")
    var type = WeightTypeArgument<QuantizedTypes>(.q4_K)

    func run() async throws {
      let (source, target) = (PathText.expanded(source), PathText.expanded(target))
      let bar = output.progressBar("Quantising")
      let type = type
      let report = try await Work.run {
        defer { bar.finish() }
        return try ModelQuantization(path: source, type: type.element).run(to: target) {
          bar.update($0, $1)
        }
      }
      try report.show(target: target, output)
    }
  }
}

extension ModelRewriting.Report {
  /// Prints what became of a model.
  func show(target: String, _ output: OutputOptions) throws {
    guard !output.json else { return try JSONOutput.print(self) }
    let types = types.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    StandardStreams.out(
      "Wrote \(target): \(Figures.bytes(after)) of \(Figures.bytes(before)), "
        + "tensors \(types.joined(separator: ", ")); weights off by "
        + "\(Figures.decimal(100 * loss, 2)) %.\n")
  }
}

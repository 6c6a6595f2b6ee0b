import ArgumentParser
import Mneme

/// What a command takes that writes a model as a new file.
struct ModelFileOptions: ParsableArguments {
  @OptionGroup var output: OutputOptions

  @Argument(help: "A GGUF file or a Hugging Face folder.", completion: .file())
  var source: String

  @Argument(help: "The new file.", completion: .file(extensions: ["gguf"]))
  var target: String

  /// Writes the new file and prints what became of the model. Ctrl-C ends the work and leaves no file.
  ///
  /// - Parameters:
  ///   - label: what is being done, on the progress bar.
  ///   - write: writes it from the path of the source to that of the target.
  func write(
    _ label: String,
    _ write:
      @escaping @Sendable (
        _ source: String, _ target: String, _ progress: (Double, String) -> Void
      ) throws -> ModelRewriting.Report
  ) async throws {
    let (source, target) = (PathText.expanded(source), PathText.expanded(target))
    let bar = output.progressBar(label)
    let report = try await Work.run {
      defer { bar.finish() }
      return try write(source, target) { bar.update($0, $1) }
    }
    guard !output.json else { return try JSONOutput.print(report) }
    let types = report.types.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    try StandardStreams.out(
      "Wrote \(target): \(Figures.bytes(report.after)) of \(Figures.bytes(report.before)), "
        + "tensors \(types.joined(separator: ", ")); weights off by "
        + "\(Figures.decimal(100 * report.loss, 2)) %.\n")
  }
}

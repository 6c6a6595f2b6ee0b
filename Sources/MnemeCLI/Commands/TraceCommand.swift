import ArgumentParser
import Foundation
import Mneme

/// `mneme trace`: saves activations at hook points.
struct TraceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Save activations at hook points as a safetensors file.",
    discussion: """
      Names are TransformerLens names and may hold *: --hooks 'blocks.*.hook_resid_post'. The file \
      also holds `tokens` and `logits`. With --memory all of it is as with that memory attached, and \
      `logits.plain` is added, and `neural.surprise` and its parts where the memory learns by surprise.
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var passphrase: PassphraseOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The prompt; - reads standard input.")
  var prompt: String?

  @Option(name: .long, help: "Token ids instead of a prompt, separated by commas.")
  var ids: String?

  @Option(
    name: .long,
    help: "A memory file to attach. It is not changed; FILE:ro means the same.",
    completion: .file(extensions: ["mneme"]))
  var memory: String?

  @Option(name: .long, help: "Names of hook points, * for any part; none for none.")
  var hooks = "*"

  @Option(
    name: [.customLong("output"), .customShort("o")], help: "The file to write.",
    completion: .file(extensions: ["safetensors"]))
  var file: String

  func validate() throws {
    guard (prompt == nil) != (ids == nil) else {
      throw ValidationError("Give either a prompt or --ids.")
    }
    if let ids { _ = try Self.parse(ids) }
  }

  func run() async throws {
    let reader = try passphrase.reader()
    let memory = memory.flatMap(MemoryArgument.init).map { PathText.expanded($0.path) }
    let loaded = try await model.load(for: memory.map { [$0] } ?? [])
    let text = try TextFile.text(prompt)
    let tokens =
      if let ids { try Self.parse(ids) } else {
        loaded.tokenizer.encode(
          text, addBOS: loaded.tokenizer.special.addBOS, parseSpecial: true)
      }
    let trace = ActivationTrace(
      model: loaded, contextLength: model.contextLength(of: loaded, quiet: output.quiet))
    let pattern = hooks
    let place = PathText.expanded(file)
    let passphrase = try memory.flatMap { try reader.passphrase(of: $0) }
    let shapes = try await Work.run {
      try trace.run(
        tokens, hooks: pattern == "none" ? nil : pattern, memory: memory,
        passphrase: passphrase, to: place)
    }
    if output.json {
      try JSONOutput.print(Report(hooks: shapes))
      return
    }
    for row in shapes {
      try StandardStreams.out(
        "\(row.name)  [\(row.shape.map(String.init).joined(separator: ", "))]\n")
    }
    try StandardStreams.out(
      "Wrote \(Figures.plural(shapes.count, "activation")) of "
        + "\(Figures.plural(tokens.count, "token")) to \(file).\n")
  }

  private static func parse(_ list: String) throws -> [Int32] {
    let parts = list.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int32($0.trimmingCharacters(in: .whitespaces)) }
    guard numbers.count == parts.count, !numbers.isEmpty else {
      throw ValidationError("--ids takes numbers separated by commas.")
    }
    return numbers
  }

  private struct Report: Encodable {
    let hooks: [ActivationTrace.Shape]
  }
}

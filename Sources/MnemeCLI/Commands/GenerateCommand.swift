import ArgumentParser
import Foundation
import Mneme

/// `mneme generate`: completes a text once.
struct GenerateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Complete a text once.")

  @OptionGroup var model: ModelOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var sampling: SamplingOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The text to complete; - reads standard input.")
  var prompt: String?

  @Option(name: .long, help: "A file with the text to complete.", completion: .file())
  var file: String?

  @Flag(name: .long, help: "Wrap the text in the model's chat template.")
  var chat = false

  func validate() throws {
    guard (prompt == nil) != (file == nil) else {
      throw ValidationError("Give either a prompt, --file FILE, or - for standard input.")
    }
  }

  func run() async throws {
    let reader = try memory.passphrase.reader()
    let text = try TextFile.text(prompt, orFile: file)
    let paths = memory.files.map(\.path)
    let loaded =
      chat
      ? try await model.loadForChat(memories: paths, quiet: output.quiet)
      : try await model.load(for: paths)
    let context = model.contextLength(of: loaded, quiet: output.quiet)
    let completion = TextCompletion(
      model: loaded, contextLength: context,
      memories: memory.files.map { (path: $0.path, isReadOnly: true) },
      passphrases: try reader.passphrases(for: memory.files.map(\.path)))
    let options = sampling.options(for: loaded)
    let prints = !output.json
    let wrapped = chat
    let result = try await Work.run {
      try completion.run(text, chat: wrapped, options: options) { piece in
        if prints { try StandardStreams.out(piece) }
      }
    }
    if output.json {
      try JSONOutput.print(Report(result))
    } else {
      try StandardStreams.out("\n")
      if !output.quiet, StandardStreams.errorIsTerminal {
        output.remark(REPL.figures(result.response))
      }
    }
  }

  private struct Report: Encodable {
    let text: String
    let reasoning: String?
    let tokens: [Int32]
    let promptTokens: Int
    let generatedTokens: Int
    let ending: Response.Ending
    let timings: TimingReport

    init(_ result: TextCompletion.Result) {
      text = result.response.content
      reasoning = result.response.reasoning
      tokens = result.response.tokens
      promptTokens = result.promptTokens
      generatedTokens = tokens.count
      ending = result.response.ending
      timings = TimingReport(result.response.timings)
    }

    enum CodingKeys: String, CodingKey {
      case text, reasoning, tokens, ending, timings
      case promptTokens = "prompt_tokens"
      case generatedTokens = "generated_tokens"
    }
  }
}

/// Timings as the command line names them.
struct TimingReport: Encodable {
  let promptMilliseconds: Double
  let generationMilliseconds: Double
  let promptPerSecond: Double
  let generationPerSecond: Double

  init(_ timings: Timings) {
    promptMilliseconds = timings.promptMilliseconds
    generationMilliseconds = timings.generationMilliseconds
    promptPerSecond = timings.promptPerSecond
    generationPerSecond = timings.generationPerSecond
  }

  enum CodingKeys: String, CodingKey {
    case promptMilliseconds = "prompt_ms"
    case generationMilliseconds = "generation_ms"
    case promptPerSecond = "prompt_per_second"
    case generationPerSecond = "generation_per_second"
  }
}

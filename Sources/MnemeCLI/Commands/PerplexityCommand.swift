import ArgumentParser
import Foundation
import Mneme

/// `mneme perplexity`: how surprised the model is by a text.
struct PerplexityCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perplexity", abstract: "How surprised the model is by a text.",
    discussion: """
      Mean negative log-likelihood over windows of --context tokens. With --learn each window is \
      shown to the memory after it was scored; the file on disk changes only with --save.
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The text file; - reads standard input.", completion: .file())
  var file: String

  @Flag(name: .long, help: "Commit each window after scoring it.")
  var learn = false

  @Flag(name: .long, help: "Save what was learned.")
  var save = false

  @Option(name: .long, parsing: .unconditional, help: "Only the first N tokens.")
  var limit: Int?

  func validate() throws {
    if learn, memory.memory.isEmpty { throw ValidationError("--learn needs --memory FILE.") }
    if save, !learn { throw ValidationError("--save needs --learn.") }
    if let limit, limit < 2 { throw ValidationError("--limit takes at least 2.") }
  }

  func run() async throws {
    let reader = try memory.passphrase.reader()
    let text = try TextFile.read(file)
    let loaded = try await model.load(for: memory.files.map(\.path))
    let job = TextMeasurement(
      model: loaded, contextLength: model.contextLength(of: loaded, quiet: output.quiet),
      memories: memory.files.map { (path: $0.path, isReadOnly: $0.isReadOnly || !learn) },
      newModules: memory.modules, learns: learn, saves: save, limit: limit,
      passphrases: try reader.passphrases(for: memory.files.map(\.path), creating: learn))
    let bar = output.progressBar("Measuring")
    let source = file
    let report = try await Work.run {
      defer { bar.finish() }
      return try job.run(text, source: source) { bar.update($0) }
    }
    if output.json {
      try JSONOutput.print(report)
      return
    }
    var table = TextTable(
      ["from", "to", "nll", "perplexity"], alignments: Array(repeating: .right, count: 4))
    for bucket in report.buckets {
      table.add([
        Figures.count(bucket.from), Figures.count(bucket.to), Figures.decimal(bucket.nll),
        Figures.decimal(exp(bucket.nll), 2),
      ])
    }
    for line in table.lines { try StandardStreams.out(line + "\n") }
    try StandardStreams.out(
      "\(Figures.plural(report.tokens, "token")), nll \(Figures.decimal(report.nll)) nats, "
        + "perplexity \(Figures.decimal(report.perplexity, 2))\n")
  }
}

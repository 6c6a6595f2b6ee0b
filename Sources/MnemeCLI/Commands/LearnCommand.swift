import ArgumentParser
import Foundation
import Mneme
import MnemeEvaluation

/// `mneme learn`: streams texts into a memory file.
struct LearnCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "learn", abstract: "Stream texts or conversations into a memory file.",
    discussion: """
      A file that ends in .jsonl holds conversations, one a line: {"turns": [{"role": "user", \
      "text": "..."}, ...]}; only what the user says is learned. Anything else is plain text.
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: "The files; - reads standard input.", completion: .file())
  var files: [String]

  @Option(
    name: .long, help: "Name of the source in the provenance (default: the file's path as given).")
  var source: String?

  @Option(name: .long, parsing: .unconditional, help: "Stop after N tokens.")
  var limit: Int?

  func validate() throws {
    guard let file = MemoryArgument(memory.memory.first ?? ""), memory.memory.count == 1 else {
      throw ValidationError("learn needs exactly one --memory FILE.")
    }
    if file.isReadOnly { throw ValidationError("A memory that learns cannot be read-only.") }
    if let limit, limit < 1 { throw ValidationError("--limit takes at least 1.") }
  }

  func run() async throws {
    guard let place = memory.files.first else { return }
    let reader = try memory.passphrase.reader()
    let inputs = try files.map { path in
      LearningInput(
        name: source ?? TextFile.source(of: path),
        content: path.hasSuffix(".jsonl")
          ? .conversations(
            try JSONLines.decode(
              ConversationRecord.self, from: try TextFile.bytes(of: path), path: path))
          : .text(try TextFile.read(path)))
    }
    let loaded = try await model.loadForChat(
      memories: memory.files.map(\.path), quiet: output.quiet)
    let context = model.contextLength(of: loaded, quiet: output.quiet)
    let job = MemoryTeaching(
      model: loaded, contextLength: context, path: place.path, newModules: memory.modules,
      adapter: memory.adapter, limit: limit,
      passphrase: try reader.passphrase(of: place.path, creating: true),
      keepsJournal: !memory.noJournal)
    let bar = output.progressBar("Learning")
    let report = try await Work.run {
      defer { bar.finish() }
      return try job.run(inputs) { bar.update($0, $1) }
    }
    if output.json {
      try JSONOutput.print(report)
    } else {
      try StandardStreams.out(
        "Learned \(Figures.plural(report.tokens, "token")) in \(Figures.decimal(report.seconds, 1)) s"
          + " (surprisal \(Figures.decimal(report.surprisal, 2)) nats,"
          + " \(Figures.plural(report.writes, "write"))).\n")
    }
  }
}

import ArgumentParser
import Foundation
import Mneme

/// `mneme ab`: the same work with the memory attached and detached.
struct ABCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ab", abstract: "Measure what a memory changes.",
    discussion: """
      The same items with the same seeds, memory attached and detached; --control adds arms. \
      Differences are paired by item, with a 95 % BCa bootstrap interval. Items are JSON Lines: \
      {"prompt": "...", "answer": "..." or ["..."], "setup": ["learned first"], "kind": "..."}.
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var sampling: SamplingOptions
  @OptionGroup var output: OutputOptions

  @Option(name: .long, help: "A file of prompts with answers.", completion: .file())
  var prompts: String?

  @Option(name: .long, help: "A text to score instead.", completion: .file())
  var text: String?

  @Option(
    name: .long,
    help: "A file of knowledge edits (CounterFact records or coverage edits) to make and test.",
    completion: .file())
  var edits: String?

  @Option(
    name: .long,
    help: "A further arm: another memory file, or full-context (what was told, as context).")
  var control: [String] = []

  @Flag(name: .long, help: "Continue prompts as they stand, without the chat template.")
  var raw = false

  @Flag(name: .long, help: "With --text: commit each window after scoring it.")
  var learn = false

  @Option(name: .long, help: "Only the first N items, or tokens of a text.")
  var limit: Int?

  func validate() throws {
    guard [prompts, text, edits].count(where: { $0 != nil }) == 1 else {
      throw ValidationError("Give one of --prompts FILE, --text FILE and --edits FILE.")
    }
    if edits != nil {
      guard memory.memory.isEmpty, control.isEmpty, !learn, !raw else {
        throw ValidationError(
          "--edits makes a memory of its own; it goes with --module and --limit only.")
      }
      return
    }
    guard !memory.memory.isEmpty else { throw ValidationError("ab needs --memory FILE.") }
    if learn, text == nil { throw ValidationError("--learn goes with --text.") }
    if text != nil, control.contains(ABReport.fullContext) {
      throw ValidationError("--control full-context goes with --prompts.")
    }
    if let limit, limit < 1 { throw ValidationError("--limit takes at least 1.") }
  }

  func run() async throws {
    if let edits {
      try await measure(edits)
      return
    }
    let reader = try memory.passphrase.reader()
    var items: [EvaluationItem] = []
    if let prompts {
      items = try JSONLines.decode(
        EvaluationItem.self, from: try TextFile.bytes(of: prompts), path: prompts)
      if let limit { items = Array(items.prefix(limit)) }
    }
    let document = try text.map(TextFile.read)
    let loaded = try await model.load()
    let controls = control.filter { $0 != ABReport.fullContext }.map(PathText.expanded)
    let passphrases = try reader.passphrases(for: memory.files.map(\.path) + controls)
    let job = MemoryComparison(
      model: loaded, contextLength: model.contextLength(of: loaded, quiet: output.quiet),
      memories: memory.files.map(\.path), controls: controls,
      fullContext: control.contains(ABReport.fullContext), raw: raw, learns: learn, limit: limit,
      options: sampling.options(for: loaded, temperature: 0, tokens: 32), passphrases: passphrases)
    let bar = output.progressBar("Comparing")
    let source = prompts ?? text ?? ""
    let work = items
    let report = try await Work.run {
      defer { bar.finish() }
      if let document { return try job.run(text: document, source: source) { bar.update($0) } }
      return try job.run(items: work, source: source) { bar.update($0) }
    }
    if output.json {
      try JSONOutput.print(report)
    } else {
      for line in ABTable.lines(report) { StandardStreams.out(line + "\n") }
    }
  }

  /// `--edits`: facts written into a fresh memory, and whether they took.
  private func measure(_ path: String) async throws {
    var edits = try KnowledgeEdit.decode(try TextFile.bytes(of: path), path: path)
    if let limit { edits = Array(edits.prefix(limit)) }
    let loaded = try await model.load()
    let job = EditMeasurement(
      model: loaded, contextLength: model.contextLength(of: loaded, quiet: output.quiet),
      modules: memory.module.isEmpty ? [.episodic] : memory.module, adapter: memory.adapter)
    let bar = output.progressBar("Editing")
    let work = edits
    let report = try await Work.run {
      defer { bar.finish() }
      return try job.run(work, source: path) { bar.update($0) }
    }
    if output.json {
      try JSONOutput.print(report)
    } else {
      for line in EditTable.lines(report) { StandardStreams.out(line + "\n") }
    }
  }
}

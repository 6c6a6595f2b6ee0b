import ArgumentParser
import Foundation
import Mneme
import MnemeEvaluation

/// `mneme ab`: the same work with the memory attached and detached.
struct ABCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ab",
    abstract: "Measure what a memory changes, what it costs, and whether that is significant.",
    discussion: """
      The same work with the same seeds, memory attached and detached, and in control arms: your own \
      questions (--prompts) or text (--text), knowledge edits (--edits), or suites that are generated from a \
      seed (--suite). Differences are paired by item, the unit is the episode, with a 95 % BCa bootstrap interval \
      and a permutation test; noise is reported as "undecided".

      Suites: \(StandardSuites.all.map(\.name).joined(separator: ", ")); all runs every one that needs no --data. \
      A suite teaches the memories; without --memory it begins with an empty one (--module, --arm). \
      No memory file is ever changed. Controls that put what was learned into the context do so in the form this \
      model answers best from, found by a trial before the run. Where facts reach the model as text in the \
      user's message, --edits asks in a chat; raw prompts (--raw, --suite edits) get no recalled text.

      Prompts are JSON Lines: {"prompt": "...", "answer": "..." or ["..."], "setup": ["learned first"], "kind": "..."}.
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var sampling: SamplingOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var work: ABWorkOptions
  @OptionGroup var files: ABFileOptions

  @Option(
    name: .long,
    help: "A further memory arm: kinds of module, such as neural or episodic+neighbor. Repeatable.")
  var arm: [ModuleMix] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A further arm: another memory file, wrong-memory, full-context, retrieval, random-retrieval, or none. Repeatable.",
      discussion: "With --suite all of them but files, unless some are named."))
  var control: [String] = []

  @Option(
    name: .long, parsing: .unconditional,
    help: "Tokens of learned text that retrieval may put into the context.")
  var budget = 128

  func validate() throws {
    let sources = [work.prompts, work.text, work.edits, work.from].count { $0 != nil }
    guard sources + (work.suite.isEmpty ? 0 : 1) == 1 else {
      throw ValidationError(
        "Give one of --suite NAME, --prompts FILE, --text FILE, --edits FILE and --from FILE.")
    }
    if work.from != nil {
      guard memory.memory.isEmpty, control.isEmpty, arm.isEmpty, !files.resume else {
        throw ValidationError(
          "--from shows what was measured; it goes with --report and --markdown.")
      }
      return
    }
    if let limit = work.limit, limit < 1 { throw ValidationError("--limit takes at least 1.") }
    if let episodes = work.episodes, episodes < 1 {
      throw ValidationError("--episodes takes at least 1.")
    }
    guard (1...1_000_000).contains(budget) else {
      throw ValidationError("--budget takes 1 to 1000000 tokens.")
    }
    if files.resume, files.places.isEmpty {
      throw ValidationError("--resume goes with the --report, --results or --markdown of the run.")
    }
    if work.edits != nil {
      guard memory.memory.isEmpty, control.isEmpty, arm.isEmpty, !work.learn, !work.raw,
        files.places.isEmpty
      else {
        throw ValidationError(
          "--edits makes a memory of its own; it goes with --module and --limit only. "
            + "For a report use --suite edits --data FILE.")
      }
      return
    }
    if work.suite.isEmpty {
      guard !memory.memory.isEmpty || !arm.isEmpty || !memory.module.isEmpty else {
        throw ValidationError("ab needs --memory FILE.")
      }
    }
    if work.learn, work.text == nil { throw ValidationError("--learn goes with --text.") }
    if work.text != nil, control.contains(where: { Self.contexts.contains($0) }) {
      throw ValidationError(
        "--control \(Self.contexts.joined(separator: ", ")) goes with --prompts or --suite.")
    }
    if control.contains(ABReport.wrongMemory), work.suite.isEmpty {
      throw ValidationError(
        "--control wrong-memory goes with --suite; with --prompts and --text name another memory file."
      )
    }
    for name in work.suite where name != "all" && StandardSuites.named(name) == nil {
      throw ValidationError(
        "There is no such suite; --suite takes all, \(StandardSuites.all.map(\.name).joined(separator: ", "))."
      )
    }
    for name in work.suite where work.data == nil {
      if StandardSuites.named(name)?.needsData == true {
        throw ValidationError("--suite \(name) needs --data FILE.")
      }
    }
  }

  func run() async throws {
    if let path = work.from {
      try EvaluationJob(command: self).show(path)
    } else if let edits = work.edits {
      try await measure(edits)
    } else {
      try await EvaluationJob(command: self).run()
    }
  }

  /// Controls that are about what stands in a context.
  private static let contexts = [
    ABReport.fullContext, ABReport.retrieval, ABReport.randomRetrieval,
  ]

  /// `--edits`: facts written into a fresh memory, and whether they took.
  private func measure(_ path: String) async throws {
    var edits = try KnowledgeEdit.decode(try TextFile.bytes(of: path), path: path)
    if let limit = work.limit { edits = Array(edits.prefix(limit)) }
    let loaded = try await model.loadForChat(quiet: output.quiet)
    let job = EditMeasurement(
      model: loaded, contextLength: model.contextLength(of: loaded, quiet: output.quiet),
      modules: memory.module.isEmpty ? ChatSession.factModules : memory.module,
      adapter: memory.adapter)
    let bar = output.progressBar("Editing")
    let edited = edits
    let report = try await Work.run {
      defer { bar.finish() }
      return try job.run(edited, source: path) { bar.update($0) }
    }
    if output.json {
      try JSONOutput.print(report)
    } else {
      for line in EditTable.lines(report) { try StandardStreams.out(line + "\n") }
    }
  }
}

/// Several kinds of module in one memory: `episodic+neighbor`.
struct ModuleMix: ExpressibleByArgument, Sendable, Equatable {
  /// The kinds, in the order they were named.
  let kinds: [ModuleKind]

  init?(argument: String) {
    let kinds = argument.split(separator: "+", omittingEmptySubsequences: false).map {
      ModuleKind(argument: String($0))
    }
    guard kinds.allSatisfy({ $0 != nil }), Set(kinds).count == kinds.count else { return nil }
    self.kinds = kinds.compactMap { $0 }
  }

  /// Its name in tables.
  var name: String { kinds.map(\.rawValue).joined(separator: "+") }
}

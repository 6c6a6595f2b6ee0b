import ArgumentParser
import Foundation
import Mneme
import MnemeEvaluation

/// What `mneme ab` does with suites, prompts and texts.
struct EvaluationJob {
  let command: ABCommand

  func run() async throws {
    let (work, files) = (command.work, command.files)
    let reader = try command.memory.passphrase.reader()
    let source = try Source(work)
    let model = try await command.model.loadForChat(
      memories: command.memory.files.map(\.path), quiet: command.output.quiet)
    let context = command.model.contextLength(of: model, quiet: command.output.quiet)
    let seed = command.sampling.seed ?? 0
    let controls = controls
    let controlFiles = controls.compactMap { if case .file(let path) = $0 { path } else { nil } }
    let evaluation = MemoryEvaluation(
      model: model, contextLength: context, memories: memories, controls: controls,
      options: command.sampling.options(for: model, temperature: 0, tokens: 32),
      budget: command.budget, seed: seed, limit: work.text == nil ? work.limit : nil,
      passphrases: try reader.passphrases(for: command.memory.files.map(\.path) + controlFiles),
      carrier: ProcessCarrier(model: command.model, context: context).carrier)
    let options = SuiteOptions(
      seed: seed, episodes: work.episodes, lengths: work.lengths, context: context,
      data: work.data.map(PathText.expanded)
    ) {
      model.tokenizer.encode($0, addBOS: false, parseSpecial: false).count
    }
    let suites = source.suites(for: model, limit: work.limit)
    let plans = try suites.map {
      try PlannedSuite($0, options: options, limit: work.text == nil ? work.limit : nil)
    }
    let settings = evaluation.settings(
      suites: suites.map(\.name), version: MnemeCommand.configuration.version,
      episodes: work.episodes, lengths: work.lengths)
    let digest = try evaluation.digest(of: plans)
    let place = files.places.first.map(EvaluationLog.path)
    let finished =
      files.resume
      ? try place.map { try EvaluationLog.records(in: $0, settings: settings, work: digest) } ?? []
      : []
    let log = try place.map {
      try EvaluationLog(path: $0, settings: settings, work: digest, records: finished)
    }
    let bar = command.output.progressBar("Comparing", showsTimeLeft: false)
    var results = try await Work.runToWhereItGets {
      defer { bar.finish() }
      return try evaluation.run(
        plans, settings: settings, finished: finished, record: { try log?.append($0) }
      ) { bar.update($0.share, Self.text($0)) }
    }
    results.timings.command =
      ["mneme"] + CommandLine.arguments.dropFirst().filter { $0 != "--resume" }
    try write(results)
    if results.isComplete {
      log?.remove()
    } else {
      command.output.remark(
        "Interrupted after \(results.done) of \(results.total) pieces of work"
          + (log == nil ? "." : "; the same command with --resume goes on."))
      throw ExitCode(130)
    }
  }

  /// `--from`: the results of an earlier run, with figures made anew.
  func show(_ path: String) throws {
    try write(try EvaluationResults(json: try TextFile.bytes(of: path), path: path))
  }

  // MARK: - What is measured

  private struct Source {
    var own: (any EvaluationSuite)?
    var text: (name: String, content: String, learns: Bool)?
    var standard: [any EvaluationSuite] = []

    /// Reads the files before the model, so that a wrong one is said at once.
    init(_ work: ABWorkOptions) throws {
      if let path = work.prompts {
        let items = try JSONLines.decode(
          EvaluationItem.self, from: try TextFile.bytes(of: path), path: path)
        guard !items.isEmpty else {
          throw EvaluationError.nothingToMeasure(source: path, reason: "there is no item")
        }
        own = PromptsSuite(items, isRaw: work.raw)
      } else if let path = work.text {
        text = (URL(fileURLWithPath: path).lastPathComponent, try TextFile.read(path), work.learn)
      } else {
        let all = StandardSuites.all.filter { !$0.needsData || work.data != nil }
        let names = work.suite.contains("all") ? all.map(\.name) : work.suite
        // Each once, in the order of the list.
        standard = StandardSuites.all.filter { names.contains($0.name) }
      }
    }

    func suites(for model: LanguageModel, limit: Int?) -> [any EvaluationSuite] {
      if let own { return [own] }
      guard let text else { return standard }
      return [
        OwnTextSuite(
          model.beginning(of: text.content, tokens: limit), label: text.name, learns: text.learns)
      ]
    }
  }

  private var memories: [MemoryEvaluation.MemoryArm] {
    var arms: [MemoryEvaluation.MemoryArm] = []
    if !command.memory.files.isEmpty {
      arms.append(
        .init(name: ABReport.attached, source: .files(command.memory.files.map(\.path))))
    } else if command.arm.isEmpty || !command.memory.module.isEmpty {
      arms.append(
        .init(
          name: ABReport.attached,
          source: .new(command.memory.modules, adapter: command.memory.adapter)))
    }
    for mix in command.arm where !arms.contains(where: { $0.name == mix.name }) {
      arms.append(.init(name: mix.name, source: .new(mix.kinds, adapter: command.memory.adapter)))
    }
    return arms
  }

  private var controls: [ControlArm] {
    if command.control.isEmpty, !command.work.suite.isEmpty {
      return [.wrongMemory, .fullContext, .retrieval, .randomRetrieval]
    }
    return command.control.compactMap { name in
      switch name {
      case "none": nil
      case ABReport.wrongMemory: .wrongMemory
      case ABReport.fullContext: .fullContext
      case ABReport.retrieval: .retrieval
      case ABReport.randomRetrieval: .randomRetrieval
      default: .file(PathText.expanded(name))
      }
    }
  }

  // MARK: - What is said of it

  private func write(_ results: EvaluationResults) throws {
    let figures = results.figures
    let files = command.files
    if let path = files.results.map(PathText.expanded) {
      try save(Data(try JSONOutput.line(results).utf8) + Data("\n".utf8), to: path, mode: 0o600)
    }
    if let path = files.report.map(PathText.expanded) {
      let html = HTMLReport(results: results, figures: figures).html()
      // It shows questions and answers, which may be private.
      try save(Data(html.utf8), to: path, mode: 0o600)
    }
    if let path = files.markdown.map(PathText.expanded) {
      let markdown = MarkdownReport(results: results, figures: figures).markdown()
      try save(Data(markdown.utf8), to: path, mode: 0o644)
    }
    if command.output.json {
      try JSONOutput.print(results)
    } else {
      for line in EvaluationTable.lines(results, figures: figures) {
        try StandardStreams.out(line + "\n")
      }
      for path in files.places { command.output.remark("Wrote \(path).") }
    }
  }

  private func save(_ data: Data, to path: String, mode: UInt32) throws {
    do {
      try AtomicFile.write(data, to: path, permissions: mode_t(mode))
    } catch {
      throw EvaluationError.unwritable(path: path)
    }
  }

  private static func text(_ progress: EvaluationProgress) -> String {
    guard !progress.label.isEmpty else { return "" }
    let left = progress.secondsLeft.map { "\(Figures.duration($0)) left" }
    return [progress.label, left].compactMap { $0 }.joined(separator: ", ")
  }
}

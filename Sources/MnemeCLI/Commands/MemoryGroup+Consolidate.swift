import ArgumentParser
import Foundation
import Mneme

extension MemoryGroup {
  /// `mneme memory consolidate`.
  struct Consolidate: AsyncParsableCommand, MemoryFileCommand {
    static let configuration = CommandConfiguration(
      commandName: "consolidate",
      abstract:
        "Learn a memory's facts by heart, so that they are answered with nothing retrieved.",
      discussion: """
        As sleep does: questions are made of each fact, and fast weights beside the model's own learn to answer them with \
        the fact told back. They are heard in answers about these facts alone. Facts learned by heart before are \
        repeated beside new ones; after one was forgotten everything is learned anew. It takes two to four seconds a \
        fact with a small model. Ctrl-C ends it early and keeps what was learned; --off returns to facts as text.
        """)

    @OptionGroup var memory: OpenMemoryOptions

    @Option(name: .long, help: "Passes over the facts, at most.")
    var epochs = 20

    @Flag(name: .long, help: "Begin anew instead of adding to what was learned by heart before.")
    var restart = false

    @Flag(name: .long, help: "Unlearn it all: facts reach answers as text again.")
    var off = false

    func validate() throws {
      guard (1...1000).contains(epochs) else { throw ValidationError("--epochs takes 1 to 1000.") }
      if off, restart { throw ValidationError("Give --off or --restart, not both.") }
    }

    func run() async throws {
      if off {
        let count = try await memory.change("Unlearning") {
          (memory, _, _) -> (result: Int, saves: Bool) in
          let count = memory.consolidator?.consolidated.count ?? 0
          memory.dropConsolidated()
          return (count, saves: count > 0)
        }
        if output.json {
          try JSONOutput.print(["unlearned": count])
        } else {
          try StandardStreams.out(
            count == 0
              ? "No fact was learned by heart.\n"
              : "Unlearned \(Figures.plural(count, "fact")): answers rest on the text again.\n")
        }
        return
      }
      let (path, passphrase) = (memory.memory.path, try memory.memory.key())
      let loaded = try await memory.model.load(for: [path])
      var options = MemoryConsolidation.Options()
      options.epochs = epochs
      options.restarts = restart
      let job = MemoryConsolidation(
        model: loaded, path: path, passphrase: passphrase, options: options)
      let report = try await Self.run(job, output.progressBar("Consolidating"))
      if output.json {
        try JSONOutput.print(report)
      } else {
        for line in Self.lines(report) { try StandardStreams.out(line + "\n") }
      }
    }

    /// Runs a job beside its progress bar; Ctrl-C ends it early.
    static func run(
      _ job: MemoryConsolidation, _ bar: ProgressBar
    ) async throws -> MemoryConsolidation.Report {
      try await Work.runToWhereItGets {
        defer { bar.finish() }
        return try job.run { bar.update($0, $1) }
      }
    }

    static func lines(_ report: MemoryConsolidation.Report) -> [String] {
      var lines: [String] = []
      if report.new == 0 {
        lines.append(
          report.facts > 0
            ? "Nothing new: \(Figures.plural(report.facts, "fact")) learned by heart."
            : "No fact was learned by heart.")
      } else {
        lines.append(
          "Learned \(Figures.plural(report.new, "fact")) by heart in "
            + "\(Figures.decimal(report.seconds, 0)) s; \(report.facts) in all.")
      }
      if report.skipped > 0 {
        lines.append(
          "\(Figures.plural(report.skipped, "fact")) stay text: longer than "
            + "\(MemoryConsolidation.longest) characters.")
      }
      if report.was_interrupted { lines.append("It was interrupted; run it again to go on.") }
      return lines
    }
  }
}

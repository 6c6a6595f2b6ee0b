import ArgumentParser
import Foundation
import Mneme

extension MemoryGroup {
  /// `mneme memory calibrate`.
  struct Calibrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "calibrate",
      abstract: "Fit a memory's read-out gate to texts of the kind it will be used on.",
      discussion: """
        Reads the texts, which the memory must not have seen, as 'perplexity --learn' does, and fits \
        the sharpness of the votes, which searches are skipped, and the gate of the mixture. The \
        memory file then carries its own gate; what it has learned stays as it is.
        """)

    @OptionGroup var model: ModelOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var output: OutputOptions

    @Option(
      name: .long, help: "The memory file.",
      completion: .file(extensions: ["mneme"]))
    var memory: String

    @Option(
      name: .long, help: "A held-out text. Repeatable; with five, whole texts are kept apart.")
    var text: [String]

    @Option(name: .long, parsing: .unconditional, help: "Only the first N tokens of each text.")
    var limit: Int?

    @Option(
      name: .long,
      help: "The read-out: \(MemoryCalibration.readouts.joined(separator: " or ")).")
    var readout: String?

    @Option(
      name: [.customLong("output"), .customShort("o")],
      help: "Where the memory is saved (default: over the file).",
      completion: .file(extensions: ["mneme"]))
    var file: String?

    func validate() throws {
      if let readout, !MemoryCalibration.readouts.contains(readout) {
        throw ValidationError(
          "--readout takes \(MemoryCalibration.readouts.joined(separator: " or ")).")
      }
      if let limit, limit < 2 { throw ValidationError("--limit takes at least 2.") }
    }

    func run() async throws {
      let reader = try passphrase.reader()
      let texts = try text.map { try TextFile.read(PathText.expanded($0)) }
      let loaded = try await model.loadForChat(quiet: output.quiet)
      let job = MemoryCalibration(
        model: loaded, contextLength: model.contextLength(of: loaded, quiet: output.quiet),
        path: PathText.expanded(memory), limit: limit,
        passphrase: try reader.passphrase(of: PathText.expanded(memory)))
      let bar = output.progressBar("Calibrating")
      let target = file.map(PathText.expanded)
      let readout = readout
      let report = try await Work.run {
        defer { bar.finish() }
        return try job.run(texts, savingTo: target, readout: readout) { bar.update($0) }
      }
      if output.json {
        try JSONOutput.print(report)
      } else {
        for line in Self.lines(report) { try StandardStreams.out(line + "\n") }
      }
    }

    private static func lines(_ report: RefitReport) -> [String] {
      var table = TextTable(["", "nll", "perplexity"], alignments: [.left, .right, .right])
      var rows: [(String, Double)] = [
        ("the model alone", report.plain), ("with the memory as it was", report.before),
        ("with the best constant gate", report.constant),
        ("with the fitted gate", report.learned),
        (
          "and \(Figures.decimal(100 * report.skipped, 0)) % of the searches skipped",
          report.skipping
        ),
        ("as many skipped at random", report.randomSkipping),
        ("half of them skipped by the gate", report.halfSkipped),
        ("half by entropy and confidence alone", report.halfSkippedPlainFeatures),
        ("half at random", report.halfSkippedRandom),
        ("another text in memory: the model alone", report.foreignPlain),
        ("another text in memory: fitted gate", report.foreignLearned),
      ]
      if let spalm = report.spalm { rows.append(("SPALM's read-out instead", spalm)) }
      for (name, loss) in rows {
        table.add([name, Figures.decimal(loss), Figures.decimal(exp(loss), 2)])
      }
      var classes = TextTable(
        ["occurrences", "tokens", "alone", "with memory", "helped", "hurt"],
        alignments: Array(repeating: .right, count: 6))
      for row in report.classes {
        classes.add([
          "\(row.from) or more", Figures.count(row.tokens), Figures.decimal(row.plain),
          Figures.decimal(row.mixed), Figures.decimal(100 * row.helped, 0) + " %",
          Figures.decimal(100 * row.hurt, 0) + " %",
        ])
      }
      let trials = report.pointers.map {
        "the last text with \($0.pointers == 0 ? "no" : "\($0.pointers) or more") pointers: nll "
          + "\(Figures.decimal($0.loss)), \(Figures.decimal(100 * $0.saved, 0)) % of searches saved"
      }
      return table.lines + [""] + classes.lines + [""] + trials + [
        "",
        "\(Figures.plural(report.tokens, "token")) that were not used to fit, sharpness "
          + Figures.decimal(Double(report.sharpness), 0),
        "a read takes \(Figures.decimal(report.readMilliseconds)) ms, the slowest twentieth "
          + "\(Figures.decimal(report.slowReadMilliseconds)) ms or more",
      ]
    }
  }
}

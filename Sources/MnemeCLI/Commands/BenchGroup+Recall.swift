import ArgumentParser
import Mneme
import MnemeEvaluation

extension BenchGroup {
  /// `mneme bench recall`.
  struct Recall: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "recall", abstract: "Measure how many pairs each memory of keys holds.",
      discussion: """
        Random keys are written with a token each, and all are read: the share of right ones, then the same after half of \
        the keys were given another token. Nothing passes through a model; its vocabulary is drawn from. Expected figures \
        are those of simulations with 64 columns. --set KIND.KEY=VALUE measures a kind with other settings, too.
        """)

    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    @Option(name: .long, help: "Memories to measure. Repeatable (default: all that read keys).")
    var module: [ModuleKind] = []

    @Option(
      name: .long,
      help: "Settings to measure a kind with beside its defaults: delta.rule=sum. Repeatable.")
    var set: [ModuleSetting] = []

    @Option(name: .long, parsing: .unconditional, help: "Values per key.")
    var columns = 64

    @Option(
      name: .long, help: "Numbers of pairs, with commas between them.", transform: Self.counts)
    var pairs = [32, 64, 128]

    @Option(name: .long, parsing: .unconditional, help: "Repetitions with other keys.")
    var seeds = 5

    private static func counts(_ text: String) throws -> [Int] {
      let counts = text.split(separator: ",").compactMap { Int($0) }
      guard !counts.isEmpty, counts.allSatisfy({ (1...16_384).contains($0) }) else {
        throw ValidationError("--pairs takes numbers from 1 to 16384, with commas between them.")
      }
      return counts
    }

    func validate() throws {
      guard (2...8192).contains(columns), (1...1000).contains(seeds) else {
        throw ValidationError("--columns takes 2 to 8192, --seeds 1 to 1000.")
      }
    }

    func run() async throws {
      let loaded = try await model.load()
      let job = AssociativeRecall(
        model: loaded, plan: .init(columns: columns, pairs: pairs, seeds: seeds))
      let kinds = module.isEmpty ? AssociativeRecall.kinds : module
      let variants = kinds.map { ($0, [ModuleSetting]()) } + set.map { ($0.kind, [$0]) }
      let bar = output.progressBar("Measuring")
      let rows = try await Work.run {
        defer { bar.finish() }
        return try variants.enumerated().flatMap { number, variant in
          bar.update(Double(number) / Double(variants.count), variant.0.rawValue)
          try Task.checkCancellation()
          return try job.run(variant.0, settings: variant.1)
        }
      }
      guard !output.json else { return try JSONOutput.print(rows) }
      var table = TextTable(
        [
          "memory", "pairs", "right", "expected", "half updated", "expected", "old value",
          "write us", "read us", "state",
        ])
      for row in rows {
        table.add([
          row.name, Figures.count(row.pairs), Self.mean(row.right), Self.share(row.expected),
          Self.mean(row.updated), Self.share(row.expectedUpdated), Self.mean(row.stale),
          Figures.decimal(row.writeMicroseconds, 1), Figures.decimal(row.readMicroseconds, 1),
          Figures.bytes(row.stateBytes),
        ])
      }
      for line in table.lines { try StandardStreams.out(line + "\n") }
    }

    private static func mean(_ values: [Double]) -> String {
      share(values.reduce(0, +) / Double(max(1, values.count)))
    }

    private static func share(_ value: Double?) -> String {
      value.map { Figures.decimal($0, 2) } ?? "-"
    }
  }
}

import ArgumentParser
import Mneme

extension BenchGroup {
  /// `mneme bench speed`, or `mneme bench` alone.
  struct Speed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "speed", abstract: "Measure speed, and what each memory costs.",
      discussion: """
        Plain model and attached memory take turns within one run; the ratio compares the fastest of \
        each, so that a busy machine slows both. Memories are measured where the model has an adapter \
        for them, or was met before.
        """)

    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    @Option(name: .long, parsing: .unconditional, help: "Tokens of the prompt.")
    var prompt = 512

    @Option(name: .long, parsing: .unconditional, help: "Tokens generated after it.")
    var generate = 128

    @Option(name: .long, parsing: .unconditional, help: "Rounds; the fastest counts.")
    var rounds = 3

    @Option(name: .long, help: "Memories to measure. Repeatable (default: all).")
    var module: [ModuleKind] = []

    @Option(name: .long, help: "Slow weights (default: those beside the model).")
    var adapter: String?

    @Flag(name: .long, help: "Measure the model alone.")
    var plain = false

    @Option(
      name: .long, parsing: .unconditional,
      help: "Measure so many sequences that are generated together, too.")
    var sequences: Int?

    @Option(
      name: .long,
      help: .init(
        "One neural memory layer without a model: width=384,heads=4,columns=64,expansion=4,...",
        visibility: .hidden))
    var neuralLayer: String?

    func validate() throws {
      if let neuralLayer, NeuralLayerMeasurement(neuralLayer) == nil {
        throw ValidationError("--neural-layer takes name=number pairs that make a layer.")
      }
      guard prompt >= 2, generate >= 1, rounds >= 1 else {
        throw ValidationError("--prompt takes at least 2, --generate and --rounds at least 1.")
      }
      guard sequences.map({ (2...128).contains($0) }) ?? true else {
        throw ValidationError("--sequences takes 2 to 128.")
      }
    }

    func run() async throws {
      if let neuralLayer {
        try await measureLayer(neuralLayer)
        return
      }
      let loaded = try await model.load()
      let job = SpeedMeasurement(
        model: loaded, promptTokens: prompt, generatedTokens: generate, rounds: rounds,
        contextLength: model.context)
      let kinds = plain ? [] : module.isEmpty ? ChatSession.availableModules : module
      let bar = output.progressBar("Measuring")
      let adapter = adapter
      let sequences = sequences
      let (report, together) = try await Work.run {
        defer { bar.finish() }
        var report = try job.run(kinds, adapter: adapter) { bar.update($0, $1) }
        let together = try sequences.map { try job.together($0) }
        report.togetherPerSecond = together?.all
        return (report, together)
      }
      if !report.unready.isEmpty {
        output.remark(
          "Not measured: \(report.unready.joined(separator: ", ")). The model has no adapter for them, and was not met "
            + "yet; 'mneme memory create' meets it.")
      }
      if output.json {
        try JSONOutput.print(report)
        return
      }
      try StandardStreams.out(
        """
        kernels  \(Arithmetic.kernels); fitting: \(Arithmetic.library)
        prefill  \(Figures.decimal(report.prefillPerSecond, 0)) tokens per second
        decode   \(Figures.decimal(report.decodePerSecond, 0)) tokens per second

        """)
      if let sequences, let together {
        try StandardStreams.out(
          """
          together \(Figures.decimal(together.all, 0)) tokens per second, \(sequences) sequences; \
          one alone \(Figures.decimal(together.one, 0))

          """)
      }
      guard !report.memories.isEmpty else { return }
      var table = TextTable(["memory", "decode ratio", "write us/token", "read us/token", "state"])
      for row in report.memories {
        table.add([
          row.kind, Figures.decimal(row.decodeRatio, 3), Figures.decimal(row.writeMicroseconds, 1),
          Figures.decimal(row.readMicroseconds, 1), Figures.bytes(row.stateBytes),
        ])
      }
      for line in table.lines { try StandardStreams.out(line + "\n") }
    }

    /// One memory layer on its own, for comparisons with other programs.
    private func measureLayer(_ description: String) async throws {
      guard let job = NeuralLayerMeasurement(description),
        let report = try await Work.run({ job.run() })
      else { throw ValidationError("--neural-layer makes no layer.") }
      if output.json {
        try JSONOutput.print(report)
        return
      }
      try StandardStreams.out(
        """
        pass    \(Figures.decimal(report.prefillPerSecond, 0)) rows per second
        single  \(Figures.decimal(report.decodePerSecond, 0)) rows per second

        """)
    }
  }
}

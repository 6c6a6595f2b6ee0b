import ArgumentParser
import Mneme

extension BenchGroup {
  /// `mneme bench facts`.
  struct Facts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "facts", abstract: "Time writes to the least-squares memory of facts.")

    @OptionGroup var output: OutputOptions

    @Option(name: .long, parsing: .unconditional, help: "Rows of the memory matrix.")
    var slots = 512

    @Option(name: .long, parsing: .unconditional, help: "Values per latent.")
    var latent = 768

    @Option(name: .long, parsing: .unconditional, help: "Facts to write, read and forget.")
    var count = 256

    func validate() throws {
      guard FactWriteMeasurement(slots: slots, columns: latent, count: count) != nil else {
        throw ValidationError("--slots, --latent and --count take numbers from 1 to 8192.")
      }
    }

    func run() async throws {
      guard let job = FactWriteMeasurement(slots: slots, columns: latent, count: count) else {
        return
      }
      let report = try await Work.run { job.run() }
      if output.json {
        try JSONOutput.print(report)
        return
      }
      try StandardStreams.out(
        """
        write   \(Figures.decimal(report.write_ms, 3)) ms
        read    \(Figures.decimal(report.read_ms, 3)) ms
        forget  \(Figures.decimal(report.forget_ms, 3)) ms
        error   \(Figures.decimal(report.error, 6))

        """)
    }
  }
}

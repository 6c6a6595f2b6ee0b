import ArgumentParser
import Foundation
import Mneme

extension BenchGroup {
  /// `mneme bench search`: the neighbor memory's exact search alone, on vectors from a file.
  struct Search: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "search", abstract: "Time the exact neighbor search on vectors of a file.",
      discussion: """
        The file holds Float32 values without a header: the stored vectors row after row, then the \
        queries. Tools/peers/compare_search.py writes such files and compares with FAISS.
        """)

    @OptionGroup var output: OutputOptions

    @Argument(help: "The file of vectors.", completion: .file())
    var file: String

    @Option(name: .long, parsing: .unconditional, help: "Vectors stored.")
    var entries: Int

    @Option(name: .long, parsing: .unconditional, help: "Queries after them, searched together.")
    var queries = 1

    @Option(name: .long, parsing: .unconditional, help: "Values of a vector.")
    var columns: Int

    @Option(name: .long, parsing: .unconditional, help: "Entries wanted per query.")
    var neighbors = 64

    @Option(name: .long, help: "How keys are kept: f32, f16 or int8.")
    var keys = NeighborKeyType.f32.rawValue

    @Option(
      name: .long, parsing: .unconditional,
      help: "Look into N lists of an index only (default: search all).")
    var probes: Int?

    @Option(name: .long, parsing: .unconditional, help: "Worker threads.")
    var threads = 1

    @Option(name: .long, parsing: .unconditional, help: "Rounds; the fastest counts.")
    var rounds = 10

    func validate() throws {
      guard NeighborKeyType(rawValue: keys) != nil else {
        throw ValidationError("--keys takes f32, f16 or int8.")
      }
      guard entries > 0, queries > 0, columns > 0, neighbors > 0, rounds > 0,
        probes.map({ $0 > 0 }) ?? true,
        (1...256).contains(threads)
      else { throw ValidationError("Counts are at least 1, --threads at most 256.") }
    }

    func run() async throws {
      let path = PathText.expanded(file)
      let (entries, queries, columns, k) = (entries, queries, columns, neighbors)
      let probes = probes
      let (threads, rounds, type) = (threads, rounds, NeighborKeyType(rawValue: keys) ?? .f32)
      let report = try await Work.run {
        try SearchMeasurement.run(
          path, entries: entries, queries: queries, columns: columns, type: type, k: k,
          threads: threads, rounds: rounds, probes: probes)
      }
      if output.json {
        try JSONOutput.print(report)
      } else {
        try StandardStreams.out(
          "\(Figures.decimal(report.milliseconds)) ms for \(Figures.plural(queries, "query", "queries")), "
            + "median \(Figures.decimal(report.median)), \(Figures.bytes(report.bytes))\n")
      }
    }
  }
}

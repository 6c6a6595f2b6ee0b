import ArgumentParser

/// `mneme bench`: measurements of speed and of single parts.
struct BenchGroup: AsyncParsableCommand {
  // A group with options of its own would take those of its parts that have the same names.
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure speed, and what memories cost and hold.",
    subcommands: [Speed.self, Search.self, Facts.self, Recall.self], defaultSubcommand: Speed.self)
}

import ArgumentParser
import Foundation

/// What `mneme ab` measures on.
struct ABWorkOptions: ParsableArguments {
  @Option(name: .long, help: "A generated suite, or all. Repeatable.")
  var suite: [String] = []

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
    help: "A file for the suites that take one: conversations, edits, stream.", completion: .file())
  var data: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Episodes of a suite for each condition (default: the suite's own).")
  var episodes: Int?

  @Option(
    name: .long,
    help:
      "Lengths of what is learned, in tokens, such as 512,2048,8192 (default: the suite's own).",
    transform: Self.lengths)
  var lengths: [Int]?

  @Option(
    name: .long, help: "Show the --results FILE of an earlier run again; nothing is measured.",
    completion: .file(extensions: ["json"]))
  var from: String?

  @Flag(name: .long, help: "Continue prompts as they stand, without the chat template.")
  var raw = false

  @Flag(name: .long, help: "With --text: commit each window after scoring it.")
  var learn = false

  @Option(
    name: .long, parsing: .unconditional,
    help: "Only the first N items, tasks of each suite, or tokens of a text.")
  var limit: Int?

  private static func lengths(_ text: String) throws -> [Int] {
    let numbers = text.split(separator: ",").map { Int($0.trimmingCharacters(in: .whitespaces)) }
    let lengths = numbers.compactMap { $0 }
    guard !lengths.isEmpty, lengths.count == numbers.count,
      lengths.allSatisfy({ (1...10_000_000).contains($0) })
    else {
      throw ValidationError("--lengths takes numbers from 1 to 10000000, with commas between them.")
    }
    return lengths
  }
}

/// Where `mneme ab` writes what it found.
struct ABFileOptions: ParsableArguments {
  @Option(
    name: .long, help: "Write a report to look at: one HTML file.",
    completion: .file(extensions: ["html"]))
  var report: String?

  @Option(
    name: .long, help: "Write the results as one JSON object.",
    completion: .file(extensions: ["json"]))
  var results: String?

  @Option(
    name: .long, help: "Write the figures as Markdown.", completion: .file(extensions: ["md"]))
  var markdown: String?

  @Flag(
    name: .long,
    help:
      "Go on with an interrupted run, whose finished work lies beside its report (FILE.partial).")
  var resume = false

  /// The files, the one that the log of an unfinished run lies beside first.
  var places: [String] {
    [results, report, markdown].compactMap { $0.map(PathText.expanded) }
  }
}

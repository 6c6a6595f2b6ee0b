import ArgumentParser
import Foundation
import Mneme

extension MemoryGroup {
  /// `mneme memory facts`.
  struct Facts: AsyncParsableCommand, MemoryFileCommand {
    static let configuration = CommandConfiguration(
      commandName: "facts", abstract: "List the facts of a memory, or those that fit a question.")

    @OptionGroup var memory: OpenMemoryOptions

    @Option(
      name: .long,
      help: "Only those that fit this question, best first; - reads a question per line.")
    var query: String?

    @Option(
      name: .long, help: "Only those from this source: a file's path as it was given, in full.")
    var source: String?

    @Flag(
      name: .long, help: "Those told again or corrected since as well, which --source shows too.")
    var all = false

    @Option(
      name: .long, parsing: .unconditional, help: "At most so many (default: 50, with --json all).")
    var limit: Int?

    func validate() throws {
      if let limit, limit < 1 { throw ValidationError("--limit takes at least 1.") }
    }

    func run() async throws {
      let (loaded, memory) = try await memory.read()
      guard let facts = memory.factMemory else { throw MemoryError.noFacts(name: memory.name) }
      if query == "-" {
        for line in try TextFile.read("-").split(separator: "\n", omittingEmptySubsequences: true) {
          if !output.json { try StandardStreams.out("\(line)\n") }
          try show(String(line), facts, of: memory, loaded)
        }
        return
      }
      try show(query, facts, of: memory, loaded)
    }

    /// Prints the facts that fit a question, or all.
    private func show(
      _ query: String?, _ facts: any FactMemory, of memory: DetachableMemory,
      _ loaded: LanguageModel
    ) throws {
      var rows: [RecalledFact]
      if let query {
        let tokens = loaded.tokenizer.encode(query, addBOS: false, parseSpecial: false)
        rows = facts.recall(tokens, limit: limit ?? 5)
      } else {
        let listed = all || source != nil ? facts.facts : facts.currentFacts
        rows = listed.map { RecalledFact(fact: $0, scope: 0, isInScope: false) }
      }
      if let source { rows = rows.filter { $0.fact.provenance.source == ByteString(source) } }
      let shown = Array(rows.prefix(limit ?? (output.json ? rows.count : 50)))
      if output.json {
        try JSONOutput.print(
          Report(
            count: rows.count, capacity: (facts as? any CapacityReporting)?.capacity,
            facts: query == nil
              ? shown.map { .init($0.fact, nil) } : shown.map { .init($0.fact, $0) }
          ))
        return
      }
      guard !shown.isEmpty else {
        try StandardStreams.out(query == nil ? "No facts.\n" : "No fact fits.\n")
        SourceText.remark(source, in: memory, output)
        return
      }
      for line in FactTable.lines(shown, withScope: query != nil) {
        try StandardStreams.out(line + "\n")
      }
      if shown.count < rows.count {
        output.remark("\(shown.count) of \(rows.count) facts; --limit shows more.")
      }
      if let capacity = (facts as? any CapacityReporting)?.capacity, capacity.verdict != .roomy {
        output.remark(
          "The memory is \(capacity.verdict.rawValue): \(capacity.facts) facts with room for"
            + " \(capacity.rank).")
      }
    }

    private struct Report: Encodable {
      struct Row: Encodable {
        let id: String
        let text: String
        let answer: ByteString?
        let source: ByteString
        let conversation: ByteString
        let turn: Int
        let time: Double
        let scope: Double?
        let in_scope: Bool?
        let certainty: Certainty?
        let statement: String?
        let evidence: [String: Double]?

        init(_ fact: Fact, _ recalled: RecalledFact?) {
          id = fact.handle
          text = fact.text
          answer = fact.answer
          source = fact.provenance.source
          conversation = fact.provenance.conversation
          turn = fact.provenance.turn
          time = fact.provenance.time
          scope = recalled?.scope
          in_scope = recalled?.isInScope
          certainty = recalled?.certainty
          statement = recalled?.statement
          evidence = recalled?.evidence
        }
      }
      let count: Int
      let capacity: CapacityReport?
      let facts: [Row]
    }
  }
}

/// Facts as a table.
enum FactTable {
  /// Digits of a fact's handle that are shown; as many tell it from 65 000 others.
  private static let handleDigits = 8

  /// What a fact is named by.
  static func digits(of fact: Fact) -> String { String(fact.handle.prefix(handleDigits)) }

  /// A line per fact: its digits, what it says, and the day it was said.
  static func brief(_ facts: [Fact]) -> [String] {
    facts.map {
      "\(digits(of: $0))  \(EscapedText.escaped($0.text))"
        + CitationText.day($0.provenance.time)
    }
  }

  static func lines(_ facts: [RecalledFact], withScope: Bool) -> [String] {
    var table = TextTable(
      withScope
        ? ["id", "scope", "fact", "answer", "source", "time"]
        : ["id", "fact", "answer", "source", "time"],
      alignments: withScope
        ? [.left, .right, .left, .left, .left, .left] : [.left, .left, .left, .left, .left])
    for item in facts {
      let fact = item.fact
      let scope =
        Figures.decimal(item.scope, 2) + (item.isInScope ? "" : " (out)")
      table.add(
        [digits(of: fact)] + (withScope ? [scope] : [])
          + [
            TextTable.shortened(fact.text, to: 72), fact.answer?.text ?? "",
            fact.provenance.source.text,
            Figures.date(fact.provenance.time),
          ])
    }
    return table.lines
  }
}

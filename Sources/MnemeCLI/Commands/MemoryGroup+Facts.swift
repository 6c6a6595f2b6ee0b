import ArgumentParser
import Foundation
import Mneme

extension MemoryGroup {
  /// `mneme memory facts`.
  struct Facts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "facts", abstract: "List the facts of a memory, or those that fit a question.")

    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The memory file.", completion: .file(extensions: ["mneme"]))
    var file: String

    @Option(name: .long, help: "Only those that fit this question, best first.")
    var query: String?

    @Option(name: .long, help: "Only those from this source.")
    var source: String?

    @Option(name: .long, help: "At most so many (default: 50, with --json all).")
    var limit: Int?

    func validate() throws {
      if let limit, limit < 1 { throw ValidationError("--limit takes at least 1.") }
    }

    func run() async throws {
      let loaded = try await model.load()
      let memory = try loaded.loadMemory(PathText.expanded(file))
      guard let facts = memory.factMemory else { throw MemoryError.noFacts(name: memory.name) }
      var rows = facts.facts.map { RecalledFact(fact: $0, scope: 0, isInScope: false) }
      if let query {
        let tokens = loaded.tokenizer.encode(query, addBOS: false, parseSpecial: false)
        rows = facts.recall(tokens, limit: limit ?? 5)
      }
      if let source { rows = rows.filter { $0.fact.provenance.source == source } }
      let shown = Array(rows.prefix(limit ?? (output.json ? rows.count : 50)))
      if output.json {
        try JSONOutput.print(
          Report(
            count: rows.count, capacity: (facts as? EpisodicMemory)?.capacity,
            facts: query == nil
              ? shown.map { .init($0.fact, nil) } : shown.map { .init($0.fact, $0) }
          ))
        return
      }
      guard !shown.isEmpty else {
        StandardStreams.out(query == nil ? "No facts.\n" : "No fact fits.\n")
        return
      }
      for line in FactTable.lines(shown, withScope: query != nil) {
        StandardStreams.out(line + "\n")
      }
      if shown.count < rows.count {
        output.remark("\(shown.count) of \(rows.count) facts; --limit shows more.")
      }
      if let capacity = (facts as? EpisodicMemory)?.capacity, capacity.verdict != .roomy {
        output.remark(
          "The memory is \(capacity.verdict.rawValue): \(capacity.facts) facts with room for"
            + " \(capacity.rank).")
      }
    }

    private struct Report: Encodable {
      struct Row: Encodable {
        let id: Int
        let text: String
        let answer: String?
        let source: String
        let conversation: String
        let turn: Int
        let time: Double
        let scope: Double?
        let in_scope: Bool?

        init(_ fact: Fact, _ recalled: RecalledFact?) {
          id = fact.id
          text = fact.text
          answer = fact.answer
          source = fact.provenance.source
          conversation = fact.provenance.conversation
          turn = fact.provenance.turn
          time = fact.provenance.time
          scope = recalled?.scope
          in_scope = recalled?.isInScope
        }
      }
      let count: Int
      let capacity: CapacityReport?
      let facts: [Row]
    }
  }

  /// `mneme memory forget`.
  struct Forget: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "forget", abstract: "Take facts out of a memory, so that nothing of them stays.",
      discussion: """
        By number, by source, or by a question that exactly one fact answers. Modules that cannot take \
        back what they learned are named.
        """)

    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The memory file.", completion: .file(extensions: ["mneme"]))
    var file: String

    @Option(name: .long, help: "The number of a fact. Repeatable.")
    var id: [Int] = []

    @Option(name: .long, help: "Everything that came from this source.")
    var source: String?

    @Option(name: .long, help: "The fact that answers this question.")
    var query: String?

    func validate() throws {
      let ways = [!id.isEmpty, source != nil, query != nil].count { $0 }
      guard ways == 1 else { throw ValidationError("Give one of --id, --source and --query.") }
    }

    func run() async throws {
      let loaded = try await model.load()
      let path = PathText.expanded(file)
      let memory = try loaded.loadMemory(path, forWriting: true)
      let report: ForgettingReport
      if let source {
        report = memory.forget(source: source)
      } else {
        report = memory.forget(facts: try chosen(in: memory, of: loaded))
      }
      guard !report.facts.isEmpty || report.journalTokens > 0 else {
        throw MemoryError.nothingToForget(name: memory.name, source: source ?? "")
      }
      try memory.save(to: path)
      if output.json {
        try JSONOutput.print(
          Report(
            forgotten: report.facts.map(\.id), journal_tokens: report.journalTokens,
            unable: report.unable.map(\.rawValue)))
        return
      }
      StandardStreams.out(
        "Forgot \(Figures.plural(report.facts.count, "fact"))"
          + " (\(Figures.plural(report.journalTokens, "token"))).\n")
      if !report.unable.isEmpty { output.remark(ForgettingText.unable(report.unable)) }
    }

    private func chosen(in memory: DetachableMemory, of loaded: LanguageModel) throws -> Set<Int> {
      guard let facts = memory.factMemory else { throw MemoryError.noFacts(name: memory.name) }
      if let query {
        let tokens = loaded.tokenizer.encode(query, addBOS: false, parseSpecial: false)
        let fitting = facts.recall(tokens, limit: 5).filter(\.isInScope)
        guard fitting.count == 1 else {
          throw MemoryError.ambiguousFact(
            name: memory.name, candidates: fitting.map(\.fact.id))
        }
        return [fitting[0].fact.id]
      }
      let known = Set(facts.facts.map(\.id))
      for number in id where !known.contains(number) {
        throw MemoryError.noSuchFact(id: number, name: memory.name)
      }
      return Set(id)
    }

    private struct Report: Encodable {
      let forgotten: [Int]
      let journal_tokens: Int
      let unable: [String]
    }
  }
}

/// Facts as a table.
enum FactTable {
  static func lines(_ facts: [RecalledFact], withScope: Bool) -> [String] {
    var table = TextTable(
      withScope
        ? ["id", "scope", "fact", "answer", "source", "told"]
        : ["id", "fact", "answer", "source", "told"],
      alignments: withScope
        ? [.right, .right, .left, .left, .left, .left] : [.right, .left, .left, .left, .left])
    for item in facts {
      let fact = item.fact
      let scope =
        Figures.decimal(item.scope, 2) + (item.isInScope ? "" : " (out)")
      table.add(
        ["\(fact.id)"] + (withScope ? [scope] : [])
          + [
            shortened(fact.text), fact.answer ?? "", fact.provenance.source,
            Figures.date(fact.provenance.time),
          ])
    }
    return table.lines
  }

  private static func shortened(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
      .trimmingCharacters(in: .whitespaces)
    return line.count > 72 ? line.prefix(69) + "..." : line
  }
}

/// What forgetting could not do.
enum ForgettingText {
  static func unable(_ kinds: [ModuleKind]) -> String {
    "The \(kinds.map(\.rawValue).joined(separator: " and ")) memory cannot take back what it learned;"
      + " a tendency may stay."
  }
}

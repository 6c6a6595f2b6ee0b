import ArgumentParser
import Foundation
import Mneme

extension MemoryGroup {
  /// `mneme memory forget`.
  struct Forget: AsyncParsableCommand, MemoryFileCommand {
    static let configuration = CommandConfiguration(
      commandName: "forget",
      abstract: "Take things out of a memory, so that nothing of them stays.",
      discussion: """
        Facts by their digits (see 'mneme memory facts') or by a question that exactly one fact answers; everything \
        from a source, a conversation or a range of times. Afterwards the file is that of a memory that never saw \
        it. What cannot be subtracted is made again from the journal, which takes as long as reading it.
        """)

    @OptionGroup var memory: OpenMemoryOptions

    @Option(name: .long, help: "The digits of a fact, at least four of them. Repeatable.")
    var id: [String] = []

    @Option(name: .long, help: "The fact that answers this question.")
    var query: String?

    @Option(
      name: .long,
      help:
        "Everything that came from this source: a file's path as it was given, in full. Repeatable."
    )
    var source: [String] = []

    @Option(name: .long, help: "Everything learned in this conversation. Repeatable.")
    var conversation: [String] = []

    @Option(
      name: .long, help: "Everything from this time on: 2026-11-22, or 2026-11-22T14:30:00Z.")
    var since: Moment?

    @Option(name: .long, help: "Everything before this time.")
    var until: Moment?

    @Flag(
      name: .long,
      help:
        "The journal alone: what was learned stays, and its provenance is no longer recorded.")
    var journal = false

    func validate() throws {
      let ways = [
        !id.isEmpty, query != nil, !source.isEmpty, !conversation.isEmpty,
        since != nil || until != nil, journal,
      ].count { $0 }
      guard ways == 1 else {
        throw ValidationError(
          "Give one of --id, --query, --source, --conversation, --since or --until, and --journal.")
      }
      for typed in id where Fact.handle(typed: typed) == nil {
        throw ValidationError("--id takes 4 to 12 of a fact's digits, 0-9 and a-f.")
      }
      if let since, let until, since.seconds >= until.seconds {
        throw ValidationError("--since must lie before --until.")
      }
    }

    func run() async throws {
      let (report, unknown) = try await memory.change("Forgetting") {
        (memory, loaded, progress) -> (result: (ForgettingReport, [String]), saves: Bool) in
        if journal {
          memory.dropJournal()
          let report = ForgettingReport(facts: [], journalTokens: 0, modules: [:])
          return ((report, []), saves: true)
        }
        let selection = try selection(in: memory, of: loaded)
        let unknown = selection.sources.subtracting(memory.sources).sorted()
        let report = try memory.forget(selection, progress: progress)
        guard !report.isEmpty else {
          throw MemoryError.nothingToForget(
            name: memory.name, alike: unknown.flatMap(memory.sources(namedLike:)))
        }
        return ((report, unknown.map(\.text)), saves: true)
      }
      for source in unknown { output.remark("Nothing came from the source '\(source)'.") }
      if output.json {
        try JSONOutput.print(Report(report))
      } else if journal {
        try StandardStreams.out("The journal is gone; what was learned stays.\n")
      } else {
        for line in ForgettingText.lines(report) { try StandardStreams.out(line + "\n") }
      }
    }

    private func selection(
      in memory: DetachableMemory, of loaded: LanguageModel
    ) throws -> ForgettingSelection {
      var selection = ForgettingSelection()
      selection.sources = Set(source.map(ByteString.init(_:)))
      selection.conversations = Set(conversation.map(ByteString.init(_:)))
      if since != nil || until != nil {
        let first = since?.seconds ?? -.greatestFiniteMagnitude
        let end = until?.seconds ?? .greatestFiniteMagnitude
        selection.times = first..<end
      }
      guard !id.isEmpty || query != nil else { return selection }
      guard let facts = memory.factMemory else { throw MemoryError.noFacts(name: memory.name) }
      for typed in id {
        let found = try memory.facts(handle: typed.lowercased())
        guard !found.isEmpty else {
          throw MemoryError.noSuchFact(handle: typed, name: memory.name)
        }
        selection.facts.formUnion(found.map(\.id))
      }
      if let query {
        let tokens = loaded.tokenizer.encode(query, addBOS: false, parseSpecial: false)
        let fitting = facts.recall(tokens, limit: 5).filter(\.isInScope)
        guard fitting.count == 1 else {
          throw MemoryError.ambiguousFact(
            name: memory.name, candidates: fitting.map { FactTable.digits(of: $0.fact) })
        }
        let id = fitting[0].fact.id
        selection.facts.formUnion([id] + facts.replaced(byFact: id))
      }
      return selection
    }

    private struct Report: Encodable {
      let forgotten: [String]
      let journal_tokens: Int
      let context_tokens: Int
      let replayed_tokens: Int
      let modules: [String: String]
      let unable: [String]

      init(_ report: ForgettingReport) {
        forgotten = report.facts.map(\.handle)
        journal_tokens = report.journalTokens
        context_tokens = report.contextTokens
        replayed_tokens = report.replayed
        unable = report.unable.map(\.rawValue)
        var modules: [String: String] = [:]
        for (kind, outcome) in report.modules { modules[kind.rawValue] = Self.word(outcome) }
        self.modules = modules
      }

      private static func word(_ outcome: Forgetting) -> String {
        switch outcome {
        case .exact: "exact"
        case .replayed: "replayed"
        case .nothingToForget: "nothing"
        case .unsupported: "unable"
        }
      }
    }
  }
}

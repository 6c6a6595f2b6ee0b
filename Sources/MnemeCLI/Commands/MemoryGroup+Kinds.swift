import ArgumentParser
import Mneme

extension MemoryGroup {
  /// `mneme memory kinds`.
  struct Kinds: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "kinds", abstract: "List the kinds of memory there are.",
      discussion: """
        A memory file holds one or more of them (--module). 'standard' ones are what a new file holds \
        unless told otherwise; growing ones keep more the more they read.
        """)

    @OptionGroup var output: OutputOptions

    /// A kind as programs read it.
    private struct Row: Encodable {
      let kind: String
      let socket: Socket
      let summary: String
      let paper: String
      let grows: Bool
      let readouts: [Readout]
      let standard: Bool
      let facts: Bool
    }

    private struct Report: Encodable {
      let kinds: [Row]
    }

    func run() throws {
      let registry = ModuleRegistry.standard
      let rows = registry.descriptions.map { about in
        Row(
          kind: about.kind.rawValue, socket: about.socket, summary: about.summary,
          paper: about.paper, grows: about.grows, readouts: about.readouts,
          standard: about.isStandard, facts: registry.factKinds.contains(about.kind))
      }
      guard !output.json else { return try JSONOutput.print(Report(kinds: rows)) }
      var table = TextTable(
        ["kind", "socket", "size", "what it is", "paper"],
        alignments: Array(repeating: .left, count: 5))
      for row in rows {
        table.add([
          row.kind + (row.standard ? " *" : ""), row.socket.rawValue,
          row.grows ? "grows" : "constant", row.summary, row.paper,
        ])
      }
      for line in table.lines { try StandardStreams.out(line + "\n") }
      try StandardStreams.out("\n* what a new memory file holds unless told otherwise\n")
    }
  }
}

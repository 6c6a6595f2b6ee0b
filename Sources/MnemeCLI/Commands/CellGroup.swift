import ArgumentParser
import Mneme

/// `mneme cell`: Neural Turing Machines and Differentiable Neural Computers by themselves, without a language model.
struct CellGroup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cell",
    abstract: "Use a trained Neural Turing Machine or Differentiable Neural Computer by itself.",
    discussion: """
      These are the small networks of the two papers, trained on their papers' tasks; no language model takes part. What one is \
      told is kept in a file, its whole memory, and another process asks it.
      """,
    subcommands: [List.self, Tell.self, Ask.self])

  /// `mneme cell list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List the trained cells and what each can do.")

    @OptionGroup var output: OutputOptions

    private struct Row: Encodable {
      let cell: String
      let rows: Int
      let columns: Int
      let usage: String
    }

    func run() async throws {
      let rows = try CellMemory.names().map { name in
        let memory = try CellMemory(cell: name)
        return Row(
          cell: name, rows: memory.size.rows, columns: memory.size.columns, usage: memory.usage)
      }
      guard !output.json else { return try JSONOutput.print(["cells": rows]) }
      var table = TextTable(
        ["cell", "memory", "what it can do"], alignments: [.left, .left, .left])
      for row in rows { table.add([row.cell, "\(row.rows) x \(row.columns)", row.usage]) }
      for line in table.lines { try StandardStreams.out(line + "\n") }
    }
  }

  /// `mneme cell tell`.
  struct Tell: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "tell", abstract: "Tell a cell something, and keep its memory in a file.")

    @OptionGroup var output: OutputOptions

    @Argument(help: "The file with the cell's memory.", completion: .file())
    var file: String

    @Argument(help: "What to tell it; each argument by itself.")
    var text: [String]

    @Option(name: .long, help: "Begin a new memory of this cell ('mneme cell list').")
    var cell: String?

    func run() async throws {
      let path = PathText.expanded(file)
      var memory = try cell.map { try CellMemory(cell: $0) } ?? CellMemory(contentsOf: path)
      for text in text { try memory.tell(text) }
      try memory.save(to: path)
      if output.json {
        try JSONOutput.print(Report(cell: memory.name, steps: memory.steps))
      } else if !output.quiet {
        try StandardStreams.out("\(memory.name) has read \(Figures.plural(memory.steps, "step"))\n")
      }
    }

    private struct Report: Encodable {
      let cell: String
      let steps: Int
    }
  }

  /// `mneme cell ask`.
  struct Ask: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ask", abstract: "Ask a cell; its memory stays as it is.")

    @OptionGroup var output: OutputOptions

    @Argument(help: "The file with the cell's memory.", completion: .file())
    var file: String

    @Argument(help: "The question, where the cell's task has one.")
    var question: String = ""

    func run() async throws {
      let memory = try CellMemory(contentsOf: PathText.expanded(file))
      let answer = try memory.ask(question)
      if output.json {
        try JSONOutput.print(["cell": memory.name, "answer": answer])
      } else {
        try StandardStreams.out(EscapedText.escaped(answer) + "\n")
      }
    }
  }
}

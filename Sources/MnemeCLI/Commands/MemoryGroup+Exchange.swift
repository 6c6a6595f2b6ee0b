import ArgumentParser
import Foundation
import Mneme

extension MemoryGroup {
  /// `mneme memory export`.
  struct Export: AsyncParsableCommand, MemoryFileCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Write journal and facts as JSON Lines that anything can read.",
      discussion: """
        One JSON object a line: a head, every commit with its text, tokens, source and time, every fact. \
        'mneme memory import' makes the same memory of it again.
        """)

    @OptionGroup var memory: OpenMemoryOptions

    @Argument(help: "The file to make; - writes to standard output.", completion: .file())
    var target = "-"

    func validate() throws {
      guard !memory.output.json || target != "-" else {
        throw ValidationError(
          "With --json name a file for the lines: standard output takes the object.")
      }
    }

    func run() async throws {
      let (loaded, memory) = try await memory.read()
      if memory.journal == nil {
        output.remark("The memory keeps no journal: facts alone are exported.")
      }
      let lines = memory.exported(with: loaded.tokenizer)
      guard target != "-" else {
        try StandardStreams.out(String(decoding: lines, as: UTF8.self))
        return
      }
      let place = try NewFile.path(target)
      // What a memory holds is private, in any form.
      try AtomicFile.write(lines, to: place, permissions: 0o600)
      if output.json {
        return try JSONOutput.print(
          Report(file: target, lines: lines.count { $0 == UInt8(ascii: "\n") }, bytes: lines.count))
      }
      output.remark(
        "Wrote \(Figures.bytes(lines.count)), which hold everything the memory was taught.")
    }
  }

  /// What an export was written to.
  private struct Report: Encodable {
    let file: String
    let lines: Int
    let bytes: Int
  }

  /// `mneme memory import`.
  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import", abstract: "Make a memory of an export.",
      discussion: "Every commit is read again by the model, which must be the one it was made with."
    )

    @OptionGroup var model: ModelOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The export; - reads standard input.", completion: .file())
    var lines: String

    @Argument(help: "The memory file to make.", completion: .file(extensions: ["mneme"]))
    var file: String

    @Option(name: .long, help: "What it holds. Repeatable (default: what the export names).")
    var module: [ModuleKind] = []

    @Option(name: .long, help: "Slow weights (default: those beside the model).")
    var adapter: String?

    func run() async throws {
      let path = try NewFile.path(file)
      let data = try TextFile.bytes(of: lines)
      let loaded = try await model.loadForChat(quiet: output.quiet)
      let bar = output.progressBar("Reading")
      let (source, adapter) = (lines, adapter)
      let named = try DetachableMemory.exportedKinds(data, path: source)
      let kinds = module.isEmpty ? named : module
      let (info, tokens) = try await Work.run {
        defer { bar.finish() }
        let memory = try loaded.createMemory(
          at: path, kinds, adapter: adapter, progress: { bar.update($0, $1) })
        let tokens = try memory.importLines(data, path: source) { share in
          try Task.checkCancellation()
          bar.update(share, "Reading")
        }
        try memory.save(to: path)
        return (memory.info, tokens)
      }
      if output.json {
        try JSONOutput.print(info)
      } else {
        try StandardStreams.out("Made \(file) of \(Figures.plural(tokens, "token")).\n")
      }
    }
  }
}

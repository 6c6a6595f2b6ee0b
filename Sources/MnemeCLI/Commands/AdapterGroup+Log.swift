import ArgumentParser
import Foundation
import Mneme
import MnemeEvaluation

extension AdapterGroup {
  /// `mneme adapter log`.
  struct Log: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "log", abstract: "Measure what each thing a memory keeps is worth.",
      discussion: """
        Teaches a memory each stream, then asks its questions with one kept thing at a time: how much \
        more probable each makes the answer. Policies of retention are trained on this \
        (Tools/train/retention). A stream is a line of JSON: \
        {"segments": [{"text": "...", "spoken": true}], "questions": [{"question": "...", "answer": "..."}]}. \
        Prints a line of JSON for each.
        """)

    @OptionGroup var options: ModelOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The streams (.jsonl).", completion: .file(extensions: ["jsonl"]))
    var streams: String

    @Option(name: .long, help: "The kind of memory: lemn or dct.")
    var module = "lemn"

    func validate() throws {
      guard Self.settings[module] != nil else {
        throw ValidationError("--module takes lemn or dct.")
      }
    }

    /// Nothing goes, and nothing is decided on: all of it is to be measured.
    private static let settings = [
      "lemn": ["lemn.rows=65536", "lemn.retention=fifo"],
      "dct": ["dct.rows=65536", "dct.recent=0", "dct.kept=1", "dct.discarded=0"],
    ]

    func run() async throws {
      let path = PathText.expanded(streams)
      let items = try JSONLines.decode(
        RetentionStudy.Stream.self, from: try TextFile.bytes(of: path), path: path)
      let model = try await options.loadForChat(quiet: output.quiet)
      let context = options.contextLength(of: model, quiet: output.quiet)
      let settings = (Self.settings[module] ?? []).compactMap { ModuleSetting(parsing: $0) }
      let memory = try model.createMemory(
        [ModuleKind(rawValue: module)], settings: settings, keepsJournal: false)
      let study = RetentionStudy(model: model, memory: memory, contextLength: context)
      let bar = output.progressBar("Measuring")
      defer { bar.finish() }
      let encoder = JSONEncoder()
      for (index, item) in items.enumerated() {
        let log = try study.run(item) { share in
          bar.update((Double(index) + share) / Double(items.count), "stream \(index + 1)")
        }
        try StandardStreams.out(String(decoding: try encoder.encode(log), as: UTF8.self) + "\n")
      }
    }
  }
}

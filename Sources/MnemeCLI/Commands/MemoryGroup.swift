import ArgumentParser
import Foundation
import Mneme

/// `mneme memory`: the life of a memory file.
struct MemoryGroup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "memory", abstract: "Make, inspect, change and check memory files.",
    subcommands: [
      Kinds.self, Create.self, Info.self, Facts.self, Journal.self, Write.self, Forget.self,
      Undo.self,
      Redo.self, Fork.self, Merge.self, Diff.self, Export.self, Import.self, Rebind.self,
      Compact.self, Consolidate.self, Verify.self, Calibrate.self, Encrypt.self, Decrypt.self,
      ChangePassphrase.self,
    ])

  /// `mneme memory create`.
  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "create", abstract: "Make an empty memory file.")

    @OptionGroup var model: ModelOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The file to make.", completion: .file(extensions: ["mneme"]))
    var file: String

    @Option(
      name: .long,
      help: """
        What it holds; 'mneme memory kinds' lists the kinds. Repeatable (default: \
        \(ChatSession.standardModules.map(\.rawValue).joined(separator: ", "))).
        """)
    var module: [ModuleKind] = []

    @Option(name: .long, help: "Slow weights (default: those beside the model).")
    var adapter: String?

    @Option(
      name: .customLong("set"),
      help: ArgumentHelp(
        "A switch of a module's configuration that differs from the adapter's. Repeatable.",
        discussion: "For example episodic.readout=latents or episodic.addressing=reference.",
        valueName: "module.key=value"))
    var settings: [ModuleSetting] = []

    @Flag(name: .long, help: "Keep no journal: no record of where something came from.")
    var noJournal = false

    @Flag(name: .long, help: "Replace a file that is there already.")
    var force = false

    @Flag(name: .long, help: "Encrypt it with a passphrase.")
    var encrypt = false

    func run() async throws {
      let path = try force ? PathText.expanded(file) : NewFile.path(file)
      let passphrase =
        encrypt || passphrase.passphraseFile != nil
        ? try passphrase.reader().newPassphrase(for: path) : nil
      let loaded = try await model.loadForChat(quiet: output.quiet)
      let kinds = module.isEmpty ? ChatSession.standardModules : module
      let bar = output.progressBar("Calibrating")
      let (adapter, settings, keepsJournal) = (adapter, settings, !noJournal)
      let replaces = force
      let (info, remark) = try await Work.run {
        defer { bar.finish() }
        let memory = try loaded.createMemory(
          at: path, kinds, adapter: adapter, settings: settings, keepsJournal: keepsJournal,
          passphrase: passphrase, replacing: replaces, progress: { bar.update($0, $1) })
        try Task.checkCancellation()
        try memory.save(to: path)
        return (memory.info, memory.remark)
      }
      if let remark { output.remark("Note: \(remark).") }
      if output.json {
        try JSONOutput.print(info)
      } else {
        let names = kinds.map(\.rawValue).joined(separator: ", ")
        try StandardStreams.out("Made \(file) with \(names).\n")
      }
    }
  }

  /// `mneme memory info`.
  struct Info: ParsableCommand, MemoryFileCommand {
    static let configuration = CommandConfiguration(
      commandName: "info", abstract: "What a memory file holds; no model is needed.")

    @OptionGroup var memory: MemoryFileOptions

    func run() throws {
      let info = try DetachableMemory.info(memory.path, passphrase: memory.key())
      if output.json {
        try JSONOutput.print(info)
      } else {
        for line in MemoryInfoText.lines(info) { try StandardStreams.out(line + "\n") }
      }
    }
  }

  /// `mneme memory write`.
  struct Write: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "write", abstract: "Put a statement into a memory, as if a user had said it.")

    @OptionGroup var model: ModelOptions
    @OptionGroup var memory: MemoryOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The statement; - reads standard input.")
    var text: String

    @Option(
      name: .long,
      help: "The answer the statement ends with, recalled word for word.")
    var answer: String?

    @Option(name: .long, help: "Name of the source in the provenance.")
    var source = "write"

    func validate() throws {
      guard memory.files.count == 1, !memory.files[0].isReadOnly else {
        throw ValidationError("write needs exactly one --memory FILE that may be written to.")
      }
    }

    func run() async throws {
      let reader = try memory.passphrase.reader()
      let statement = try TextFile.text(text)
      let loaded = try await model.loadForChat(
        memories: memory.files.map(\.path), quiet: output.quiet)
      let job = MemoryTeaching(
        model: loaded, contextLength: model.contextLength(of: loaded, quiet: output.quiet),
        path: memory.files[0].path, newModules: memory.modules, adapter: memory.adapter,
        passphrase: try reader.passphrase(of: memory.files[0].path, creating: true),
        keepsJournal: !memory.noJournal)
      let bar = output.progressBar("Writing")
      let input = LearningInput(name: source, content: .statement(statement, answer: answer))
      let report = try await Work.run {
        defer { bar.finish() }
        return try job.run([input]) { bar.update($0, $1) }
      }
      if output.json {
        try JSONOutput.print(report)
      } else {
        try StandardStreams.out(
          "Wrote \(Figures.plural(report.tokens, "token")) "
            + "(surprisal \(Figures.decimal(report.surprisal, 2)) nats)"
            + (report.fact.map { " as fact \($0)" } ?? "") + ".\n")
        for fact in report.replaced ?? [] {
          try StandardStreams.out("It replaces: \(fact.text)\n")
        }
      }
    }
  }

  /// `mneme memory verify`.
  struct Verify: AsyncParsableCommand, MemoryFileCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify", abstract: "Check everything about a memory file that can be checked.",
      discussion: """
        Structure, checksum, finite values and journal; with --model also that the file belongs to \
        that model and loads.
        """)

    @Option(
      name: .long, help: "The model it should belong to.",
      completion: .file(extensions: ["gguf"]))
    var model: String?

    @OptionGroup var memory: MemoryFileOptions

    func run() async throws {
      let key = try memory.key()
      var loaded: LanguageModel?
      if let model { loaded = try await LanguageModel.load(PathText.expanded(model)) }
      let info = try DetachableMemory.verify(
        memory.path, model: loaded?.transformer, passphrase: key)
      if output.json {
        try JSONOutput.print(info)
      } else {
        try StandardStreams.out(
          "\(memory.file) is sound\(loaded == nil ? "" : " and belongs to the model").\n")
      }
    }
  }
}

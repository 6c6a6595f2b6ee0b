import ArgumentParser
import Foundation
import Mneme

/// `mneme chat`: the REPL.
struct ChatCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat", abstract: "Talk with a model; /help lists what can be done.",
    discussion: """
      A memory file that does not exist is created; without --memory nothing is kept. Standard input that is no terminal is read as \
      a script, one line as if typed.
      """)

  @Argument(
    help: "Memory files, as with --memory.", completion: .file(extensions: ["mneme"]))
  var places: [String] = []

  @OptionGroup var model: ModelOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var sampling: SamplingOptions

  @Option(name: .long, help: "The system prompt.")
  var system: String?

  @Option(
    name: [.customShort("c"), .customLong("command")],
    parsing: .unconditionalSingleValue,
    help: "A line to run as if typed; repeatable. The program ends after the last one.")
  var commands: [String] = []

  @Option(
    name: .customLong("load"), help: "A transcript to take up.",
    completion: .file(extensions: ["json"]))
  var transcript: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Save memories after each exchange (on), only at the end (off), or at most every N seconds.",
      valueName: "on|off|seconds"))
  var autosave: Autosave?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Stop a reply that does nothing but repeat itself (on), or let it go on to its end (off).",
      valueName: "on|off"))
  var repetitionGuard = Switch.on

  @Flag(name: .long, help: "Neither read nor write the history of typed lines.")
  var noHistory = false

  @Flag(
    name: .customLong("consolidate"),
    help: "At the end learn the facts by heart, as 'memory consolidate' does.")
  var consolidates = false

  @Flag(name: .shortAndLong, help: "No banner and no remarks.")
  var quiet = false

  func validate() throws {
    for place in places where !isMemoryFile(place) {
      throw ValidationError(
        "'\(place)' is neither a command nor a memory file; the name of a new one ends in .mneme. "
          + "A message is sent with -c.")
    }
  }

  /// Whether an argument without an option names a memory file, or one to be made: it may be a message.
  private func isMemoryFile(_ place: String) -> Bool {
    guard let argument = MemoryArgument(place) else { return false }
    let path = PathText.expanded(argument.path)
    return path.hasSuffix(".mneme") || FileManager.default.fileExists(atPath: path)
  }

  @MainActor
  func run() async throws {
    var memory = memory
    memory.memory += places
    let reader = try memory.passphrase.reader()
    let isScript =
      !commands.isEmpty || !StandardStreams.inputIsTerminal || !StandardStreams.outputIsTerminal
    let interruption = Interruption.listening(toTermination: true)
    let loaded = try await model.loadForChat(
      memories: memory.files.map(\.path), quiet: quiet)
    let session = ChatSession(
      loaded, instructions: system, options: options(for: loaded),
      contextLength: model.contextLength(of: loaded, quiet: quiet))
    if let transcript { await session.load(try Transcript.read(from: transcript)) }
    let passphrases = try reader.passphrases(for: memory.files.map(\.path), creating: true)
    let bar = ProgressBar("New memory", enabled: !quiet)
    for file in memory.files {
      _ = try await session.attach(
        file.path, readOnly: file.isReadOnly, modules: memory.modules, adapter: memory.adapter,
        keepsJournal: !memory.noJournal, passphrase: passphrases[file.path],
        progress: { bar.update($0, $1) })
    }
    bar.finish()
    let output = StandardOutput(isInteractive: !isScript)
    let repl = REPL(
      conversation: session, model: loaded.summary, source: makeSource(isScript: isScript),
      output: output, settings: settings(for: loaded), interruption: interruption,
      passphrase: { try reader.passphrase(for: $0, creating: true) })
    let code = await repl.run()
    if let failure = output.failure { throw failure }
    if consolidates {
      try await consolidate(session, loaded) { try reader.passphrase(for: $0, creating: false) }
    }
    if code != 0 { throw ExitCode(code) }
  }

  /// How replies are generated.
  private func options(for model: LanguageModel) -> GenerationOptions {
    var options = sampling.options(for: model)
    options.stopsRepetition = repetitionGuard == .on
    return options
  }

  private func settings(for model: LanguageModel) -> ReplSettings {
    var settings = ReplSettings(options: options(for: model))
    settings.keepsHistory = !noHistory
    settings.showsBanner = !quiet
    if let autosave { settings.autosave = autosave }
    return settings
  }

  @MainActor
  private func makeSource(isScript: Bool) -> any LineSource {
    if !commands.isEmpty { return ScriptLineSource(lines: commands) }
    if !isScript,
      let terminal = TerminalLineSource(
        completion: CommandTable().completion, history: .standard(), historyEnabled: !noHistory)
    {
      return terminal
    }
    return ScriptLineSource(reading: .standardInput)
  }
}

/// What is on or off by name.
enum Switch: String, ExpressibleByArgument, CaseIterable {
  case on, off
}

extension Autosave: ExpressibleByArgument {
  /// `on`, `off` or a number of seconds.
  package init?(argument: String) { self.init(argument) }
}

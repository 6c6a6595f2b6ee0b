import Foundation
package import Mneme

/// The read-evaluate-print loop: lines in, replies out, commands in between.
///
/// It knows a source of lines, an output and a conversation only as protocols, so that all of it
/// runs in memory under test.
@MainActor
package final class REPL {
  package let conversation: any Conversation
  package let output: any ReplOutput
  package let source: any LineSource
  package let table: CommandTable
  package let model: ModelSummary
  package var settings: ReplSettings
  /// The passphrase of a memory file that is to be attached; nil when it needs none.
  package let passphrase: @MainActor (String) throws -> Passphrase?
  /// When it was saved last without being asked to; the start counts.
  package var lastAutosave: ContinuousClock.Instant?
  /// What the last autosave failed with.
  package var autosaveProblem: String?
  /// The time by a clock that only goes forward, whatever happens to the system's.
  package let now: @Sendable () -> ContinuousClock.Instant
  /// The last finished reply, for `/stats`.
  package private(set) var lastResponse: Response?

  private var assembler = InputAssembler()
  private let interruption: Interruption
  private var isLeaving = false
  private var hadFailure = false
  private var wasInterrupted = false

  /// A loop over the given parts.
  package init(
    conversation: any Conversation, model: ModelSummary, source: any LineSource,
    output: any ReplOutput, settings: ReplSettings = ReplSettings(),
    table: CommandTable = CommandTable(), interruption: Interruption = Interruption(),
    passphrase: @escaping @MainActor (String) throws -> Passphrase? = { _ in nil },
    now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
  ) {
    self.conversation = conversation
    self.model = model
    self.source = source
    self.output = output
    self.settings = settings
    self.table = table
    self.interruption = interruption
    self.passphrase = passphrase
    self.now = now
  }

  /// Runs until the source ends or `/quit`; returns the exit code.
  ///
  /// A script whose command failed ends with 1, an interrupted one with 130; a person's session
  /// with 0. An output that can no longer be written ends either with 1, and its `failure` says why.
  package func run() async -> Int32 {
    if source.isInteractive, settings.showsBanner { await printBanner() }
    lastAutosave = now()
    if source.isInteractive { source.words.sessions = settings.shelf.sessions().map(\.name) }
    let conversation = self.conversation
    interruption.beforeExit {
      conversation.stop()
      _ = try? await conversation.saveAttached()
    }
    while !isLeaving, output.failure == nil {
      if source.isInteractive {
        source.words.memories = await conversation.attachedNames()
      }
      switch source.next(prompt: assembler.isPending ? "... " : ">>> ") {
      case .line(let line):
        if let input = assembler.add(line) { await handle(input) }
      case .interrupted:
        if assembler.isPending {
          assembler.reset()
        } else {
          output.note("Ctrl-D or /quit leaves; Ctrl-C stops a reply.")
        }
      case .unreadable(let error):
        hadFailure = true
        output.writeProblem(ErrorRenderer.render(error))
        isLeaving = true
      case .end:
        if let input = assembler.finish() { await handle(input) }
        isLeaving = true
      }
    }
    await saveOnTheWayOut()
    if output.failure != nil { return 1 }
    if wasInterrupted { return 130 }
    return hadFailure && !source.isInteractive ? 1 : 0
  }

  /// Ends the loop after the current command.
  package func leave() {
    isLeaving = true
  }

  /// Sends a message and prints the reply.
  package func say(_ text: String) async throws {
    try await print(conversation.reply(to: text, options: settings.options))
  }

  /// Prints a reply as it comes. Ctrl-C ends it; what was said until then stays in the turn.
  package func print(_ stream: ChatStream) async throws {
    let conversation = self.conversation
    output.beginWaiting("thinking")
    let script = !source.isInteractive
    let isStopped = LockedFlag()
    interruption.during({
      isStopped.raise()
      conversation.stop()
    })
    defer { interruption.end() }
    var printer = ReplyPrinter(output: output, showsReasoning: source.isInteractive)
    do {
      for try await event in stream {
        switch event {
        case .text(let piece): printer.say(piece)
        case .reasoning(let piece): printer.think(piece)
        case .notice(let notice):
          printer.finishLine()
          announce(notice)
        case .finished(let response):
          lastResponse = response
        }
        if output.failure != nil { conversation.stop() }
      }
      printer.finish()
    } catch {
      output.endWaiting()
      printer.finishLine()
      throw error
    }
    output.endWaiting()
    if !printer.isAtLineStart || lastResponse?.content.isEmpty == true { output.line() }
    if isStopped.isRaised, script {
      wasInterrupted = true
      isLeaving = true
    }
    await afterReply()
  }

  /// Runs an action that Ctrl-C cannot end halfway; a second Ctrl-C ends the program.
  package func uninterrupted<T: Sendable>(
    _ label: String, _ body: () async throws -> T
  ) async throws -> T {
    output.beginWaiting(label)
    defer { output.endWaiting() }
    return try await body()
  }

  /// Asks a person whether to go on; a script has said so by its line.
  package func confirms(_ question: String) async -> Bool {
    guard source.isInteractive else { return true }
    guard case .line(let answer) = source.next(prompt: "\(question) [y/N] ") else { return false }
    return ["y", "yes"].contains(answer.trimmingCharacters(in: .whitespaces).lowercased())
  }

  /// A closure that shows progress from any thread.
  package var progress: @Sendable (Double, String) -> Void {
    let output = self.output
    return { fraction, label in
      Task { @MainActor in output.showProgress(fraction, label) }
    }
  }

  private func handle(_ input: AssembledInput) async {
    let text = input.text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !text.isEmpty else { return }
    source.remember(text)
    do {
      if !input.isLiteral, text.hasPrefix("/") {
        try await runCommand(text.dropFirst())
      } else {
        try await say(text)
      }
    } catch {
      hadFailure = true
      output.writeProblem(ErrorRenderer.render(error))
    }
    if source.isInteractive { output.line() }
  }

  private func runCommand(_ text: Substring) async throws {
    let word = text.prefix { !$0.isWhitespace }
    let argument = text.dropFirst(word.count).trimmingCharacters(in: .whitespacesAndNewlines)
    let name = word == "?" ? "help" : String(word)
    try await table.resolve(name).run(argument, in: self)
  }

  private func announce(_ notice: ChatNotice) {
    let text = Self.text(of: notice)
    announce(source.isInteractive ? "[\(text)]" : "\(text).")
  }

  /// What a person reads between the lines of a chat goes to standard error in a script, whose
  /// output is the model's words.
  private func announce(_ text: String) {
    if source.isInteractive { output.note(text) } else { output.writeProblem(text) }
  }

  private static func text(of notice: ChatNotice) -> String {
    switch notice {
    case .droppedTurns(let count, let limit):
      "context of \(limit) tokens full: \(Figures.plural(count, "oldest turn")) dropped"
    case .refusedByTemplate(let reason, let form):
      "\(reason); the built-in form \(form) is used"
    case .rejectedUpdate(let memory, let count):
      "\(memory) refused \(Figures.plural(count, "update")) that would not have been finite"
    }
  }

  private func afterReply() async {
    if lastResponse?.ending == .repetition {
      announce("stopped: the reply was repeating itself")
    }
    if let response = lastResponse, response.ending == .length, response.content.isEmpty,
      response.reasoning != nil
    {
      announce("the limit of tokens ended the reasoning before the answer; /set tokens raises it")
    }
    if settings.showsCitations, let response = lastResponse, !response.content.isEmpty {
      for line in CitationText.lines(response) { output.note(line) }
    }
    if settings.showsStatistics, let response = lastResponse {
      output.note(Self.figures(response))
    }
    await autosave()
  }

  /// One line about a reply's speed.
  package nonisolated static func figures(_ response: Response) -> String {
    let timings = response.timings
    return "[prompt \(Figures.plural(timings.promptTokens, "token")), "
      + "\(Figures.decimal(timings.promptPerSecond, 0)) per second; "
      + "reply \(Figures.plural(timings.generatedTokens, "token")), "
      + "\(Figures.decimal(timings.generationPerSecond, 0)) per second]"
  }

  private func saveOnTheWayOut() async {
    do {
      let names = try await conversation.saveAttached()
      if source.isInteractive, !names.isEmpty {
        output.note("Saved \(names.joined(separator: ", ")).")
      }
    } catch {
      hadFailure = true
      output.writeProblem(ErrorRenderer.render(error))
    }
  }
}

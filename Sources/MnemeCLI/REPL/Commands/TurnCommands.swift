import Mneme

/// `/regen`: another reply to the last message.
struct RegenerateCommand: ReplCommand {
  let name = "regen"
  let aliases = ["regenerate", "retry"]
  let usage = "/regen"
  let summary = "another reply to your last message"
  let details: String? =
    "The last reply is taken back, in the conversation and in the memory, before the new one."
  let group = CommandGroup.talk

  func run(_ argument: String, in repl: REPL) async throws {
    try await repl.print(repl.conversation.regenerate(options: repl.settings.options))
  }
}

/// `/continue`: more of the last reply.
struct ContinueCommand: ReplCommand {
  let name = "continue"
  let usage = "/continue"
  let summary = "let the last reply go on"
  let group = CommandGroup.talk

  func run(_ argument: String, in repl: REPL) async throws {
    try await repl.print(repl.conversation.continueReply(options: repl.settings.options))
    if repl.lastResponse?.content.isEmpty == true { repl.output.note("The reply was complete.") }
  }
}

/// `/undo`: takes turns back.
struct UndoCommand: ReplCommand {
  let name = "undo"
  let usage = "/undo [N]"
  let summary = "take back the last turn, or the last N"
  let details: String? = "The attached memories go back to exactly what they were before it."
  let group = CommandGroup.talk

  func run(_ argument: String, in repl: REPL) async throws {
    let count = try count(argument, standard: 1)
    let messages = await repl.conversation.lastMessages(count)
    let undone = try await repl.conversation.undoSteps(count)
    repl.output.line("Took back \(Self.named(undone, messages)); /redo brings it back.")
    await repl.autosave()
  }

  /// How many turns, and what the first of them began with.
  static func named(_ count: Int, _ messages: [String]) -> String {
    let said = messages.filter { !$0.isEmpty }.map { "\"\(TextTable.shortened($0, to: 48))\"" }
    let turns = Figures.plural(count, "turn")
    guard let first = said.first else { return turns }
    return said.count == 1 ? "\(turns): \(first)" : "\(turns), from \(first) on"
  }
}

/// `/redo`: brings back what `/undo` took.
struct RedoCommand: ReplCommand {
  let name = "redo"
  let usage = "/redo"
  let summary = "bring back what /undo took back"
  let details: String? =
    "The memories go back to exactly what they were after it. Once something else was said there is nothing to redo."
  let group = CommandGroup.talk

  func run(_ argument: String, in repl: REPL) async throws {
    guard argument.isEmpty else { throw ReplError.usage(usage) }
    let messages = try await repl.conversation.redoSteps()
    repl.output.line("Brought back \(UndoCommand.named(messages.count, messages)).")
    await repl.autosave()
  }
}

/// `/clear`: starts over.
struct ClearCommand: ReplCommand {
  let name = "clear"
  let usage = "/clear"
  let summary = "forget the conversation; keep system prompt and memories"
  let group = CommandGroup.talk

  func run(_ argument: String, in repl: REPL) async throws {
    try await repl.conversation.startOver()
    repl.output.line("The conversation is empty.")
  }
}

/// `/system`: the system prompt.
struct SystemCommand: ReplCommand {
  let name = "system"
  let usage = "/system [TEXT]"
  let summary = "show or replace the system prompt (/system none removes it)"
  let group = CommandGroup.talk

  func run(_ argument: String, in repl: REPL) async throws {
    if argument.isEmpty {
      repl.output.line(
        await repl.conversation.currentInstructions() ?? "There is no system prompt.")
    } else if argument == "none" {
      try await repl.conversation.replaceInstructions(nil)
      repl.output.line("Removed the system prompt.")
    } else {
      try await repl.conversation.replaceInstructions(argument)
      repl.output.line("Set the system prompt.")
    }
  }
}

import Foundation
import Mneme

/// `/memory`: what is attached.
struct MemoryCommand: ReplCommand {
  let name = "memory"
  let usage = "/memory [-v|save [FILE]]"
  let summary = "what is attached; save writes it now, or to a new FILE from now on"
  let details: String? =
    "-v shows every module of each memory: what it holds, the tokens it has seen, the size of its state, and its slots one by one."
  let group = CommandGroup.memory
  let completion = Completion.Argument.words(["-v", "save"])

  func run(_ argument: String, in repl: REPL) async throws {
    switch argument {
    case "", "-v":
      let memories = await repl.conversation.attachedMemories()
      guard !memories.isEmpty else {
        repl.output.line("No memory is attached. /attach me.mneme attaches one, or makes it.")
        return
      }
      guard argument.isEmpty else {
        for line in Self.table(memories).lines { repl.output.line(line) }
        for memory in memories {
          for line in ContentsText.slots(of: memory) { repl.output.line(line) }
        }
        return
      }
      for memory in memories {
        repl.output.line(Self.line(memory))
        for module in memory.modules {
          if let line = ContentsText.line(module) { repl.output.line("  " + line) }
        }
      }
    case "save":
      let names = try await repl.conversation.saveAttached()
      repl.output.line(
        names.isEmpty ? "Nothing to save." : "Saved \(names.joined(separator: ", ")).")
    case let text where text.hasPrefix("save "):
      let path = text.dropFirst(5).trimmingCharacters(in: .whitespaces)
      let memories = await repl.conversation.attachedMemories().filter { !$0.isReadOnly }
      guard memories.count == 1 else { throw ReplError.usage("\(usage), with one memory attached") }
      let status = try await repl.conversation.saveMemory(
        memories[0].name, as: PathText.expanded(path))
      repl.output.line("Saved \(status.name), from now on in \(path).")
    default:
      throw ReplError.usage(usage)
    }
  }

  /// What a memory holds, and where.
  static func line(_ memory: MemoryStatus) -> String {
    let place = memory.path.map { " in \($0)" } ?? ", in no file"
    let state = memory.isReadOnly ? "" : memory.hasUnsavedChanges ? " (unsaved)" : " (saved)"
    var known = memory
    known.isNew = false
    return REPL.describe(known) + place + state
  }

  /// One row per module.
  static func table(_ memories: [MemoryStatus]) -> TextTable {
    var table = TextTable(
      ["name", "module", "entries", "tokens seen", "state", "file"],
      alignments: [.left, .left, .right, .right, .right, .left])
    for memory in memories {
      for (index, module) in memory.modules.enumerated() {
        var state = memory.hasUnsavedChanges ? "unsaved" : "saved"
        if memory.isReadOnly { state = "read-only" }
        table.add([
          index == 0 ? memory.name : "", module.kind, Figures.count(module.entries),
          Figures.count(module.tokensSeen), Figures.bytes(module.stateBytes),
          index == 0 ? "\(memory.path ?? "none") (\(state))" : "",
        ])
      }
    }
    return table
  }
}

/// `/attach`: takes a memory file in.
struct AttachCommand: ReplCommand {
  let name = "attach"
  let usage = "/attach FILE[:ro]"
  let summary = "attach a memory file, created if it is not there"
  let details: String? = "FILE:ro attaches it for reading only."
  let group = CommandGroup.memory
  let completion = Completion.Argument.file(ending: ".mneme")

  func run(_ argument: String, in repl: REPL) async throws {
    guard let place = MemoryArgument(argument) else { throw ReplError.usage(usage) }
    let conversation = repl.conversation
    let progress = repl.progress
    let path = PathText.expanded(place.path)
    let passphrase = try repl.passphrase(path)
    let status = try await repl.uninterrupted("attaching") {
      try await conversation.attachMemory(
        path, readOnly: place.isReadOnly, passphrase: passphrase, progress: progress)
    }
    repl.output.line("Attached \(REPL.describe(status)).")
    if let remark = status.remark { repl.output.note("Note: \(remark).") }
  }
}

/// `/detach`: lets a memory go.
struct DetachCommand: ReplCommand {
  let name = "detach"
  let usage = "/detach NAME"
  let summary = "save a memory and detach it"
  let group = CommandGroup.memory
  let completion = Completion.Argument.memories

  func run(_ argument: String, in repl: REPL) async throws {
    var name = argument
    if name.isEmpty {
      let memories = await repl.conversation.attachedMemories()
      guard memories.count == 1 else { throw ReplError.usage(usage) }
      name = memories[0].name
    }
    let status = try await repl.conversation.detachMemory(name)
    repl.output.line("Detached \(status.name).")
  }
}

/// `/remember`: tells the memory something without a reply.
struct RememberCommand: ReplCommand {
  let name = "remember"
  let usage = "/remember TEXT"
  let summary = "put a statement into memory without a reply"
  let group = CommandGroup.memory

  func run(_ argument: String, in repl: REPL) async throws {
    guard !argument.isEmpty else { throw ReplError.usage(usage) }
    let conversation = repl.conversation
    let report = try await repl.uninterrupted("writing") {
      try await conversation.rememberText(argument)
    }
    repl.output.line("Remembered" + (report.fact.map { " as fact \($0)" } ?? "") + ".")
    for fact in report.replaced ?? [] { repl.output.line("It replaces: \(fact.text)") }
    await repl.autosave()
  }
}

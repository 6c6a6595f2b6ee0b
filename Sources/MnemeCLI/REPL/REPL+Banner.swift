package import Mneme

extension REPL {
  /// What a person sees first: the model, the memory, how to get help.
  package func printBanner() async {
    for line in Self.banner(model: model, memories: await conversation.attachedMemories()) {
      output.note(line)
    }
    output.line()
  }

  /// Said at the start of a chat without memory: nobody should find out the next day.
  static let nothingKept =
    "No memory: nothing of this chat will be kept. Start with --memory FILE, or type /attach FILE."

  /// The lines of the banner.
  package static func banner(model: ModelSummary, memories: [MemoryStatus]) -> [String] {
    var lines = ["Mneme with \(model.line)"]
    for memory in memories {
      lines.append("Memory \(describe(memory))")
      if let remark = memory.remark { lines.append("Note: \(remark)") }
    }
    if memories.isEmpty { lines.append(nothingKept) }
    lines.append("Type a message, /help for commands, Ctrl-D to leave")
    return lines
  }

  /// A memory in one line: name, what it holds, state.
  package static func describe(_ memory: MemoryStatus) -> String {
    let kinds = memory.modules.map(\.kind).joined(separator: ", ")
    let content = memory.facts.map { Figures.plural($0, "fact") } ?? kinds
    var text = "\(memory.name): \(content)"
    if memory.isNew { text += ", new" }
    if memory.isReadOnly { text += ", read-only" }
    return text
  }
}

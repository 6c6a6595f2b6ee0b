import Mneme

/// `/ab`: the same message with and without memory.
struct CompareCommand: ReplCommand {
  let name = "ab"
  let usage = "/ab PROMPT"
  let summary = "answer with memory detached and attached, same seed"
  let details: String? =
    """
    On a terminal of 80 columns or more the answers stand side by side. Below them: which memories \
    contributed to the attached one, at how many of its tokens, and where the largest contribution \
    came from. Nothing of it is kept, neither in the conversation nor in the memory.
    """
  let group = CommandGroup.memory

  func run(_ argument: String, in repl: REPL) async throws {
    guard !argument.isEmpty else { throw ReplError.usage(usage) }
    let conversation = repl.conversation
    let options = repl.settings.options
    let result = try await repl.uninterrupted("comparing") {
      try await conversation.compareReplies(argument, options: options)
    }
    if let columns = repl.output.columns, columns >= Self.leastColumns {
      let sides = SideBySide(columns: columns)
      repl.output.note(sides.row("detached", "attached"))
      for line in sides.lines(result.detached.content, result.attached.content) {
        repl.output.line(line)
      }
    } else {
      repl.output.note("detached:")
      repl.output.line(result.detached.content)
      repl.output.note("attached:")
      repl.output.line(result.attached.content)
    }
    repl.output.line()
    guard await !conversation.attachedMemories().isEmpty else {
      repl.output.line("No memory is attached.")
      return
    }
    let cited = CitationText.lines(result.attached)
    for line in cited { repl.output.line(line) }
    // A fact in the prompt is said above; the table is about what memories did token by token.
    if cited.isEmpty || !result.shown.isEmpty
      || result.recollections.contains(where: { $0.gate >= WhyCommand.smallestGate })
    {
      for line in Self.contributions(result, columns: repl.output.columns) {
        repl.output.line(line)
      }
    }
  }

  /// From so many columns on a terminal is wide enough for two.
  private static let leastColumns = 80

  /// One row per memory and module: at how many tokens it contributed, and where the largest contribution came from.
  static func contributions(_ result: Comparison, columns: Int?) -> [String] {
    var order: [ByteString] = []
    var groups: [ByteString: [Recollection]] = [:]
    for item in result.recollections where item.gate >= WhyCommand.smallestGate {
      let key: ByteString = "\(item.memory)\n\(item.module)"
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(item)
    }
    let shown = result.shown.map(WhyCommand.sentence)
    guard !order.isEmpty else {
      return shown.isEmpty ? ["Memory contributed nothing to the attached reply."] : shown
    }
    var table = TextTable(
      ["memory", "module", "tokens", "gate", "turn", "from"],
      alignments: [.left, .left, .right, .right, .right, .left])
    for key in order {
      guard let group = groups[key], let strongest = group.max(by: { $0.gate < $1.gate }) else {
        continue
      }
      let tokens = Figures.count(group.count)
      table.add([
        strongest.memory, strongest.module,
        "\(tokens) of \(Figures.count(result.attached.tokens.count))",
        Figures.decimal(strongest.gate, 2), strongest.turn.map(String.init) ?? "",
        EscapedText.escaped(strongest.source ?? ""),
      ])
    }
    let width = columns ?? .max
    return shown + table.lines.map { $0.count > width ? String($0.prefix(width - 1)) + "~" : $0 }
  }
}

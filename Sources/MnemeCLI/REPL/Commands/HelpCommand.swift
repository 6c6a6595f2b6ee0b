/// `/help`: the commands, or more about one.
struct HelpCommand: ReplCommand {
  let name = "help"
  let usage = "/help [COMMAND|all]"
  let summary = "the most used commands, all of them, or more about one"
  let group = CommandGroup.session
  let completion = Completion.Argument.commands

  func run(_ argument: String, in repl: REPL) async throws {
    if argument.isEmpty {
      for line in Self.first(of: repl.table) { repl.output.line(line) }
      return
    }
    if argument == "all" {
      for line in Self.overview(of: repl.table) { repl.output.line(line) }
      return
    }
    let word = argument.hasPrefix("/") ? String(argument.dropFirst()) : argument
    let command = try repl.table.resolve(word)
    repl.output.line("\(command.usage)  \(command.summary)")
    if !command.aliases.isEmpty {
      let names = command.aliases.map { "/\($0)" }.joined(separator: ", ")
      repl.output.line("Also: \(names)")
    }
    if let details = command.details { repl.output.line(details) }
  }

  /// What most people need, in this order.
  private static let most = [
    "facts", "remember", "forget", "why", "undo", "regen", "attach", "memory", "set", "quit",
  ]

  /// The lines of `/help`: the most used commands, and the names of the others. They fit a terminal of 24 lines.
  static func first(of table: CommandTable) -> [String] {
    let commands = most.compactMap { name in table.commands.first { $0.name == name } }
    var lines = commands.map { $0.row(width: commands.usageWidth) }
    let others = table.commands.filter { !most.contains($0.name) }.map { "/\($0.name)" }
    lines.append("")
    lines.append("More: \(others.joined(separator: " ")).")
    lines.append("/help all says what each does, /help COMMAND more about one.")
    lines.append("Several lines: \"\"\" begins and ends a block. Ctrl-C stops a reply.")
    return lines
  }

  /// The lines of `/help all`.
  static func overview(of table: CommandTable) -> [String] {
    let width = table.commands.usageWidth
    var lines: [String] = []
    for group in CommandGroup.allCases {
      lines.append(group.rawValue)
      for command in table.commands where command.group == group {
        lines.append(command.row(width: width))
      }
    }
    lines.append("")
    lines.append("Several lines: \"\"\" begins and ends a block; a trailing \\ continues a line.")
    lines.append("Commands may be shortened as long as they are unique. Ctrl-C stops a reply.")
    return lines
  }
}

/// `/quit`: leaves.
struct QuitCommand: ReplCommand {
  let name = "quit"
  let aliases = ["exit", "bye"]
  let usage = "/quit"
  let summary = "save what is attached and leave (also Ctrl-D)"
  let group = CommandGroup.session

  func run(_ argument: String, in repl: REPL) async throws {
    repl.leave()
  }
}

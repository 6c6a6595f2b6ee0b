import Foundation
import Mneme

/// `/set`: shows and changes settings.
struct SetCommand: ReplCommand {
  let name = "set"
  let usage = "/set [NAME [VALUE]]"
  let summary = "show or change a setting"
  let group = CommandGroup.session
  let completion = Completion.Argument.words(ReplSetting.all.map(\.name))

  func run(_ argument: String, in repl: REPL) async throws {
    let words = argument.split(maxSplits: 1, whereSeparator: \.isWhitespace).map(String.init)
    guard let name = words.first else {
      for line in Self.table(repl.settings).lines { repl.output.line(line) }
      return
    }
    let setting = try ReplSetting.named(name)
    if words.count > 1 {
      try setting.write(words[1].trimmingCharacters(in: .whitespaces), &repl.settings)
      if setting.name == "history" { repl.source.setHistory(repl.settings.keepsHistory) }
    }
    repl.output.line("\(setting.name) \(setting.read(repl.settings))")
  }

  /// Name, value and meaning of every setting.
  static func table(_ settings: ReplSettings) -> TextTable {
    var table = TextTable(["setting", "value", "meaning"], alignments: [.left, .right, .left])
    for setting in ReplSetting.all {
      table.add([setting.name, setting.read(settings), setting.summary])
    }
    return table
  }
}

/// `/show`: the model, its template, the context.
struct ShowCommand: ReplCommand {
  let name = "show"
  let usage = "/show [WHAT]"
  let summary = "model, template, settings, system, tokens, context or transcript"
  let group = CommandGroup.session
  let completion = Completion.Argument.words([
    "model", "template", "settings", "system", "tokens", "context", "transcript",
  ])

  func run(_ argument: String, in repl: REPL) async throws {
    switch argument {
    case "", "model":
      for line in repl.model.lines { repl.output.line(line) }
    case "template":
      repl.output.line("Template: \(repl.model.templateLine)")
      if let source = repl.model.template { repl.output.line(source) }
    case "settings", "params", "parameters":
      for line in SetCommand.table(repl.settings).lines { repl.output.line(line) }
    case "system":
      try await SystemCommand().run("", in: repl)
    case "tokens":
      let usage = await repl.conversation.currentContext()
      repl.output.line("\(usage.used) of \(usage.limit) tokens of context in use")
    case "context":
      repl.output.line(await repl.conversation.currentContext().text)
    case "transcript":
      for entry in await repl.conversation.currentTranscript().entries {
        repl.output.line("\(Self.speaker(entry.role)): \(entry.content)")
      }
    default:
      throw ReplError.usage(usage)
    }
  }

  private static func speaker(_ role: Transcript.Role) -> String {
    switch role {
    case .instructions: "system"
    case .prompt: "you"
    case .response: "model"
    }
  }
}

/// `/stats`: figures about the last reply.
struct StatisticsCommand: ReplCommand {
  let name = "stats"
  let usage = "/stats [on|off]"
  let summary = "speed of the last reply; on shows it after each"
  let group = CommandGroup.session
  let completion = Completion.Argument.words(["on", "off"])

  func run(_ argument: String, in repl: REPL) async throws {
    if argument == "on" || argument == "off" {
      repl.settings.showsStatistics = argument == "on"
      repl.output.line("stats \(argument)")
      return
    }
    guard argument.isEmpty else { throw ReplError.usage(usage) }
    if let response = repl.lastResponse {
      repl.output.line(REPL.figures(response))
    } else {
      repl.output.line("There is no reply yet.")
    }
    let usage = await repl.conversation.currentContext()
    repl.output.line("[context \(usage.used) of \(usage.limit) tokens]")
    for memory in await repl.conversation.attachedMemories() {
      repl.output.line("[memory \(REPL.describe(memory))]")
    }
  }
}

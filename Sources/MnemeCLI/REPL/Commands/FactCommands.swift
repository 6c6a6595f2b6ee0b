import Mneme

/// `/recall`: what the memory knows of something, without asking the model.
struct RecallCommand: ReplCommand {
  let name = "recall"
  let usage = "/recall QUERY"
  let summary = "the facts in memory that fit a question"
  let details: String? =
    "scope: how likely the question is about the fact; (out): too little to be heard."
  let group = CommandGroup.memory

  func run(_ argument: String, in repl: REPL) async throws {
    guard !argument.isEmpty else { throw ReplError.usage(usage) }
    let found = try await repl.conversation.recallFacts(argument)
    guard !found.isEmpty else {
      repl.output.line("No fact fits.")
      return
    }
    for line in FactTable.lines(found.map(\.recalled), withScope: true) { repl.output.line(line) }
  }
}

/// `/forget`: takes a fact out of memory.
struct ForgetCommand: ReplCommand {
  let name = "forget"
  let usage = "/forget ID|QUERY"
  let summary = "take a fact out of memory; /undo brings it back"
  let group = CommandGroup.memory

  func run(_ argument: String, in repl: REPL) async throws {
    guard !argument.isEmpty else { throw ReplError.usage(usage) }
    var id = Int(argument)
    var memory: String?
    if id == nil {
      let fitting = try await repl.conversation.recallFacts(argument).filter(\.recalled.isInScope)
      guard let first = fitting.first else {
        repl.output.line("No fact fits. /recall shows those that come close.")
        return
      }
      guard fitting.count == 1 else {
        repl.output.line("Several facts fit; /forget takes the number of one.")
        for line in FactTable.lines(fitting.map(\.recalled), withScope: true) {
          repl.output.line(line)
        }
        return
      }
      id = first.recalled.fact.id
      memory = first.memory
    }
    guard let id else { throw ReplError.usage(usage) }
    let report = try await repl.conversation.forgetFact(id, memory: memory)
    for fact in report.facts { repl.output.line("Forgot: \(fact.text)") }
    if !report.unable.isEmpty { repl.output.note(ForgettingText.unable(report.unable)) }
    await repl.autosave()
  }
}

import Foundation
import Mneme

/// `/facts`: what is known.
struct FactsCommand: ReplCommand {
  let name = "facts"
  let usage = "/facts [N]"
  let summary = "the last facts that were told, 20 or N"
  let details: String? = "What a correction replaced is not among them. /recall searches them all."
  let group = CommandGroup.memory

  func run(_ argument: String, in repl: REPL) async throws {
    let limit = try count(argument, standard: 20)
    let facts = try await repl.conversation.allFacts().map(\.recalled)
    guard !facts.isEmpty else {
      repl.output.line("No facts yet. Tell the model something, or use /remember.")
      return
    }
    let shown = facts.suffix(limit).map(\.fact)
    for line in FactTable.brief(shown) { repl.output.line(line) }
    repl.source.words.facts = shown.map(FactTable.digits)
    if facts.count > limit {
      repl.output.note("\(limit) of \(Figures.plural(facts.count, "fact")).")
    }
  }
}

/// `/recall`: what the memory knows of something, without asking the model.
struct RecallCommand: ReplCommand {
  let name = "recall"
  let usage = "/recall QUERY"
  let summary = "the facts in memory that fit a question"
  let details: String? =
    "The best first. With -v: how likely the question is about each; (out): too unlikely to be used."
  let group = CommandGroup.memory

  func run(_ argument: String, in repl: REPL) async throws {
    var question = argument
    let isVerbose = argument.hasSuffix(" -v")
    if isVerbose { question = argument.dropLast(3).trimmingCharacters(in: .whitespaces) }
    guard !question.isEmpty else {
      throw ReplError.missing("a question", example: "/recall dog")
    }
    let found = try await repl.conversation.recallFacts(question).map(\.recalled)
    repl.source.words.facts = found.map { FactTable.digits(of: $0.fact) }
    guard !isVerbose else {
      for line in FactTable.lines(found, withScope: true) { repl.output.line(line) }
      return
    }
    let fitting = found.filter { $0.certainty != .no }
    for line in FactTable.brief(fitting.map(\.fact)) { repl.output.line(line) }
    if fitting.isEmpty { repl.output.line("No fact fits.") }
    let others = found.filter { $0.certainty == .no }
    guard !others.isEmpty else { return }
    repl.output.note("Nearest, though hardly about this:")
    for line in FactTable.brief(others.prefix(3).map(\.fact)) { repl.output.line(line) }
  }
}

/// `/forget`: takes a fact out of memory.
struct ForgetCommand: ReplCommand {
  let name = "forget"
  let usage = "/forget ID|QUERY"
  let summary = "take a fact out of memory; /undo brings it back"
  let group = CommandGroup.memory
  let completion = Completion.Argument.facts

  func run(_ argument: String, in repl: REPL) async throws {
    guard !argument.isEmpty else {
      throw ReplError.missing("a fact's digits or a question", example: "/forget my address")
    }
    var handle: String?
    var memory: String?
    var texts: [String] = []
    var isAsked = false
    if let found = try await Self.facts(argument, in: repl), let first = found.first {
      handle = first.recalled.fact.handle
      memory = first.memory
      texts = found.map(\.recalled.fact.text)
    } else {
      let found = try await repl.conversation.recallFacts(argument)
      var fitting = found.filter(\.recalled.isInScope)
      if fitting.isEmpty, let nearest = found.first {
        guard repl.source.isInteractive else {
          let fact = nearest.recalled.fact
          repl.output.line(
            "No fact surely fits. /forget \(FactTable.digits(of: fact)) takes the nearest: \(fact.text)"
          )
          return
        }
        repl.output.line("No fact surely fits; this one comes nearest.")
        fitting = [nearest]
      }
      guard let first = fitting.first else {
        repl.output.line("No fact fits. /facts lists them.")
        return
      }
      guard fitting.count == 1 else {
        repl.output.line("Several facts fit; /forget takes the digits of one.")
        for line in FactTable.lines(fitting.map(\.recalled), withScope: true) {
          repl.output.line(line)
        }
        return
      }
      handle = first.recalled.fact.handle
      memory = first.memory
      // Asked for by a question, nothing of it is to stay: neither other tellings nor what it corrected.
      isAsked = true
      texts = try await repl.conversation.factsOfHandle(
        first.recalled.fact.handle, withReplaced: true
      ).map(\.recalled.fact.text)
    }
    guard let handle else { throw ReplError.usage(usage) }
    for (place, text) in texts.enumerated() where !texts[..<place].contains(text) {
      repl.output.line("This will be forgotten: \(text)")
    }
    guard await repl.confirms("Forget it?") else {
      repl.output.line("Nothing was forgotten.")
      return
    }
    let conversation = repl.conversation
    let (chosen, place, withReplaced) = (handle, memory, isAsked)
    let report = try await repl.uninterrupted("forgetting") {
      try await conversation.forgetFact(chosen, memory: place, withReplaced: withReplaced)
    }
    for line in ForgettingText.facts(report) { repl.output.line(line) }
    if !report.unable.isEmpty { repl.output.note(ForgettingText.unable(report.unable)) }
    await repl.autosave()
  }

  /// The facts somebody names by their digits; nil for a question. Letters alone may be a word ("dad").
  private static func facts(_ text: String, in repl: REPL) async throws -> [ChatSession.Recall]? {
    guard let typed = Fact.handle(typed: text) else { return nil }
    do {
      return try await repl.conversation.factsOfHandle(typed, withReplaced: false)
    } catch {
      guard typed.contains(where: \.isNumber) else { return nil }
      throw error
    }
  }
}

/// One slash command of the REPL.
@MainActor
package protocol ReplCommand {
  /// The whole word, without slash.
  var name: String { get }
  /// Other words for it.
  var aliases: [String] { get }
  /// How it is called, for `/help` and for errors.
  var usage: String { get }
  /// What it does, in a few words.
  var summary: String { get }
  /// More than a line about it, for `/help NAME`.
  var details: String? { get }
  /// Where `/help` lists it.
  var group: CommandGroup { get }
  /// What Tab offers for its argument.
  var completion: Completion.Argument { get }
  /// Does it. `argument` is what follows the word, without white space around it.
  func run(_ argument: String, in repl: REPL) async throws
}

extension ReplCommand {
  package var aliases: [String] { [] }
  package var details: String? { nil }
  package var completion: Completion.Argument { .none }

  /// The N that an argument is, at least 1; a standard one when there is none.
  func count(_ argument: String, standard: Int) throws(ReplError) -> Int {
    guard let count = argument.isEmpty ? standard : Int(argument), count > 0 else {
      throw .usage("\(usage), with N at least 1")
    }
    return count
  }

  /// How `/help` lists it, the summaries under each other.
  func row(width: Int) -> String { "  " + usage.padding(to: width) + summary }
}

extension [any ReplCommand] {
  /// The width of the column of usages.
  @MainActor var usageWidth: Int { (map { $0.usage.count }.max() ?? 0) + 2 }
}

/// The headings of `/help`.
package enum CommandGroup: String, CaseIterable, Sendable {
  case talk = "Talking"
  case memory = "Memory"
  case session = "Session"
  case input = "Input"
}

/// The commands, and how a typed word finds one.
@MainActor
package struct CommandTable {
  /// All commands, in the order `/help` lists them.
  package let commands: [any ReplCommand]

  /// A table of the given commands; by default all there are.
  package init(_ commands: [any ReplCommand]? = nil) {
    self.commands = commands ?? Self.standard
  }

  /// Finds the command a word means: whole, by another name, or as the unique beginning of one.
  package func resolve(_ word: String) throws(ReplError) -> any ReplCommand {
    let word = word.lowercased()
    if let exact = commands.first(where: { $0.name == word || $0.aliases.contains(word) }) {
      return exact
    }
    let fitting = commands.filter { $0.name.hasPrefix(word) }
    if !word.isEmpty, fitting.count == 1 { return fitting[0] }
    if !word.isEmpty, fitting.count > 1 {
      throw .ambiguousCommand(word, candidates: fitting.map(\.name))
    }
    let names = commands.flatMap { [$0.name] + $0.aliases }
    throw .unknownCommand(suggestion: Suggestion.nearest(to: word, among: names))
  }

  /// What Tab knows.
  package var completion: Completion {
    var table: [String: Completion.Argument] = [:]
    for command in commands { table[command.name] = command.completion }
    return Completion(commands: table)
  }

  private static var standard: [any ReplCommand] {
    [
      RegenerateCommand(), ContinueCommand(), UndoCommand(), RedoCommand(), ClearCommand(),
      SystemCommand(),
      MemoryCommand(), AttachCommand(), DetachCommand(), RememberCommand(),
      FactsCommand(), RecallCommand(), ForgetCommand(), WhyCommand(),
      SurpriseCommand(), CompareCommand(),
      SetCommand(), ShowCommand(), StatisticsCommand(), SaveCommand(), LoadCommand(),
      SessionsCommand(),
      HelpCommand(), QuitCommand(),
      EditCommand(), ReadCommand(),
    ]
  }
}

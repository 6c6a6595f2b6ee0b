import Foundation
import Mneme

/// `/why`: where the last reply came from.
struct WhyCommand: ReplCommand {
  let name = "why"
  let usage = "/why"
  let summary = "what memory contributed to the last reply"
  let details: String? =
    """
    gate: the weight of the memory in the mixture; weight: the probability it gave to the token it \
    expected. What was learned last: surprisal is -log p under the model, momentary the norm of the \
    memory's gradient, past that of its momentum, theta the size of the step.
    """
  let group = CommandGroup.memory

  func run(_ argument: String, in repl: REPL) async throws {
    let found = await repl.conversation.lastContributions().filter { $0.gate >= Self.smallestGate }
    let citations = await repl.conversation.lastCitations()
    for line in CitationText.sentences(citations) { repl.output.line(line) }
    if found.isEmpty {
      if citations.isEmpty { repl.output.line("Memory contributed nothing to the last reply.") }
    } else {
      for line in Self.table(found).lines { repl.output.line(line) }
    }
    let learned = await repl.conversation.lastLearned()
    guard !learned.isEmpty else { return }
    repl.output.line("")
    repl.output.line(
      "Learned last, by surprise\(learned.count > Self.most ? ", the strongest \(Self.most)" : ""):"
    )
    for line in Self.table(learned).lines { repl.output.line(line) }
  }

  private static func table(_ found: [Recollection]) -> TextTable {
    var table = TextTable(
      ["token", "expected", "memory", "gate", "weight", "turn", "from"],
      alignments: [.left, .left, .left, .right, .right, .right, .left])
    for item in found {
      table.add([
        plain(item.token), plain(item.expected), "\(item.memory) \(item.module)",
        Figures.decimal(item.gate, 2), Figures.decimal(item.weight, 2),
        item.turn.map(String.init) ?? "", plain(item.source ?? ""),
      ])
    }
    return table
  }

  /// In the order of the message; of a long one only the tokens that surprised most.
  private static func table(_ learned: [LearnedToken]) -> TextTable {
    var table = TextTable(
      ["token", "memory", "surprisal", "momentary", "past", "theta", ""],
      alignments: [.left, .left, .right, .right, .right, .right, .left])
    let strongest = learned.indices.sorted {
      learned[$0].surprise.momentary > learned[$1].surprise.momentary
    }
    for index in strongest.prefix(most).sorted() {
      let (item, surprise) = (learned[index], learned[index].surprise)
      table.add([
        plain(item.text), item.memory, Figures.decimal(Double(surprise.surprisal), 2),
        Figures.decimal(Double(surprise.momentary), 2), Figures.decimal(Double(surprise.past), 2),
        Figures.decimal(Double(surprise.theta), 3), surprise.isWritten ? "" : "not written",
      ])
    }
    return table
  }

  /// Rows of what was learned.
  private static let most = 24

  /// Contributions of a smaller gate are left out.
  static let smallestGate = 0.02

  private static func plain(_ text: String) -> String {
    text.replacing("\n", with: "\\n").trimmingCharacters(in: .whitespaces)
  }
}

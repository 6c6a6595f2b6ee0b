import Foundation
import Mneme

/// `/why`: where the last reply came from.
struct WhyCommand: ReplCommand {
  let name = "why"
  let usage = "/why [-v]"
  let summary = "what memory contributed to the last reply; -v shows the figures"
  let details: String? =
    """
    /why says it in sentences; /why -v adds what each fact was chosen by (+ speaks for it, - against \
    it), and tables. gate: the weight of the memory in the mixture; weight: the probability it gave to \
    the token it expected. What was learned last: surprisal is -log p under the model, momentary the \
    norm of the memory's gradient, past that of its momentum, theta the size of the step.
    """
  let group = CommandGroup.memory

  func run(_ argument: String, in repl: REPL) async throws {
    guard ["", "-v"].contains(argument) else { throw ReplError.usage(usage) }
    let isVerbose = argument == "-v"
    let found = await repl.conversation.lastContributions().filter { $0.gate >= Self.smallestGate }
    let citations = await repl.conversation.lastCitations()
    let shown = await repl.conversation.lastShown()
    let learned = await repl.conversation.lastLearned()
    for citation in citations {
      repl.output.line(CitationText.sentence(citation))
      guard isVerbose else { continue }
      for line in CitationText.reasons(citation) { repl.output.line("  \(line)") }
    }
    for line in Self.sentences(found) + shown.map(Self.sentence) { repl.output.line(line) }
    if found.isEmpty, citations.isEmpty, shown.isEmpty {
      repl.output.line("Memory contributed nothing to the last reply.")
    }
    guard isVerbose else {
      if !(found.isEmpty && citations.isEmpty && learned.isEmpty) {
        repl.output.note("/why -v shows the figures.")
      }
      return
    }
    if !found.isEmpty {
      repl.output.line("")
      for line in Self.table(found).lines { repl.output.line(line) }
    }
    guard !learned.isEmpty else { return }
    repl.output.line("")
    repl.output.line(
      "Learned last, by surprise\(learned.count > Self.most ? ", the strongest \(Self.most)" : ""):"
    )
    for line in Self.table(learned).lines { repl.output.line(line) }
  }

  /// One sentence per memory that was mixed into the reply: in how many of its tokens, and what it rests on most.
  static func sentences(_ found: [Recollection]) -> [String] {
    var order: [String] = []
    var groups: [String: [Recollection]] = [:]
    for item in found {
      let name = "The \(item.module) memory of \(plain(item.memory))"
      if groups[name] == nil { order.append(name) }
      groups[name, default: []].append(item)
    }
    return order.map { name in
      let items = groups[name] ?? []
      let text = "\(name) was mixed into \(Figures.plural(items.count, "token")) of the reply"
      guard let source = mostFrequent(items) else { return text + "." }
      let turn = source.turn.map { " (turn \($0))" } ?? ""
      return "\(text), most from \"\(plain(source.text))\"\(turn)."
    }
  }

  /// What a memory of rows showed the reply; whether the reply used it, nobody can tell.
  static func sentence(_ shown: ShownMemory) -> String {
    let name = "The \(shown.module) memory of \(plain(shown.memory))"
    guard let text = shown.text?.trimmingCharacters(in: .whitespacesAndNewlines) else {
      return "\(name) showed the reply \(Figures.plural(shown.rows, "row")) of what it holds."
    }
    return "\(name) let the model read again, right before your question: \"\(plain(text))\""
  }

  /// The stored words that most contributions rest on; of equally many the first.
  private static func mostFrequent(_ items: [Recollection]) -> (text: String, turn: Int?)? {
    var best: (text: String, turn: Int?, count: Int)?
    for item in items {
      guard let source = item.source else { continue }
      let count = items.count { $0.source.map { ByteString($0) } == ByteString(source) }
      if count > best?.count ?? 0 { best = (source, item.turn, count) }
    }
    return best.map { ($0.text, $0.turn) }
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
    EscapedText.escaped(text.trimmingCharacters(in: .whitespaces))
  }
}

import Mneme
import MnemeEvaluation

/// `/surprise`: the last turn token by token.
struct SurpriseCommand: ReplCommand {
  let name = "surprise"
  let usage = "/surprise"
  let summary = "how surprising the last turn was, and what memory changed in it"
  let details: String? =
    """
    Surprise is -log p of a token, in nats. The memories count as they were before the turn: what \
    they learned from it does not. With colours the turn is shown twice, by surprise and by what \
    memory changed; without, the tokens that changed most are listed. Nothing is learned.
    """
  let group = CommandGroup.memory

  func run(_ argument: String, in repl: REPL) async throws {
    guard argument.isEmpty else { throw ReplError.usage(usage) }
    let conversation = repl.conversation
    let tokens = try await repl.uninterrupted("reading") {
      try await conversation.lastSurprise()
    }
    let lines =
      repl.output.allowsColor
      ? Self.colored(tokens, columns: repl.output.columns ?? 80)
      : Self.table(tokens).lines
    for line in lines + [""] + Self.sums(tokens) { repl.output.line(line) }
  }

  /// Smaller changes are none.
  private static let threshold = SuiteFigures.TokenEffect.threshold

  // MARK: - Colours

  /// The turn by surprise, then, where there is memory, by what it changed.
  static func colored(_ tokens: [TokenSurprisal], columns: Int) -> [String] {
    var lines = [SurpriseColors.legend(of: .surprise)]
    lines += turn(tokens, columns: columns) { SurpriseColors.surprise($0.plain) }
    guard tokens.contains(where: { ($0.saved ?? 0).magnitude > threshold }) else { return lines }
    lines += ["", SurpriseColors.legend(of: .change)]
    return lines + turn(tokens, columns: columns) { SurpriseColors.change($0.saved ?? 0) }
  }

  private static func turn(
    _ tokens: [TokenSurprisal], columns: Int, color: (TokenSurprisal) -> Int?
  ) -> [String] {
    [TokenSurprisal.Role.user, .assistant].flatMap { role -> [String] in
      let said = tokens.filter { $0.role == role && !$0.text.isEmpty }
      var pieces = said.map { (text: $0.text, color: color($0)) }
      // A SentencePiece model begins what is said with a space.
      if let first = pieces.first { pieces[0].text = String(first.text.drop { $0 == " " }) }
      return ColoredText.lines(pieces, columns: columns, prefix: speaker(role))
    }
  }

  private static func speaker(_ role: TokenSurprisal.Role) -> String {
    role == .user ? "you:   " : "model: "
  }

  // MARK: - Without colours

  /// Rows of the table.
  private static let most = 24

  /// The tokens that memory changed most, or without memory the most surprising ones, in the order they were said.
  static func table(_ tokens: [TokenSurprisal]) -> TextTable {
    var table = TextTable(
      ["token", "said by", "alone", "with memory", "saved"],
      alignments: [.left, .left, .right, .right, .right])
    func weight(_ token: TokenSurprisal) -> Double { token.saved?.magnitude ?? token.plain }
    let strongest = tokens.indices.sorted {
      (weight(tokens[$0]), $1) > (weight(tokens[$1]), $0)
    }
    for index in strongest.prefix(most).sorted() {
      let token = tokens[index]
      table.add([
        EscapedText.escaped(token.text), token.role == .user ? "you" : "model",
        Figures.decimal(token.plain, 2), Figures.decimal(token.attached, 2),
        Figures.signed(token.saved, 2),
      ])
    }
    return table
  }

  /// What it comes to in all.
  static func sums(_ tokens: [TokenSurprisal]) -> [String] {
    var lines: [String] = []
    for (role, name) in [(TokenSurprisal.Role.user, "Message"), (.assistant, "Reply")] {
      let said = tokens.filter { $0.role == role }
      guard !said.isEmpty else { continue }
      let alone = said.reduce(0) { $0 + $1.plain } / Double(said.count)
      let attached = said.compactMap(\.attached)
      let with =
        attached.count == said.count
        ? ", \(Figures.decimal(attached.reduce(0, +) / Double(said.count), 2)) with memory" : ""
      lines.append(
        "\(name): \(Figures.plural(said.count, "token")), \(Figures.decimal(alone, 2)) nats each"
          + "\(with).")
    }
    let changes = tokens.compactMap(\.saved)
    guard !changes.isEmpty else { return lines + ["No memory is attached."] }
    guard changes.contains(where: { $0.magnitude > threshold }) else {
      return lines + [
        "Memory changed no token. (A fact that stands in the message as text is not counted here: /why.)"
      ]
    }
    let helped = changes.filter { $0 > threshold }
    let harmed = changes.filter { $0 < -threshold }
    lines.append(
      "Memory saved \(Figures.decimal(helped.reduce(0, +), 1)) nats on "
        + "\(Figures.plural(helped.count, "token")), cost "
        + "\(Figures.decimal(-harmed.reduce(0, +), 1)) on \(Figures.count(harmed.count)).")
    return lines
  }
}

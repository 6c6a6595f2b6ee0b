package import Mneme

/// What a module holds, for people.
package enum ContentsText {
  /// Slots that are listed; of more, the newest.
  private static let listed = 24
  /// Characters of a slot's text.
  private static let width = 60

  /// What it holds, what it dropped, and why, in one line; nil where it cannot say.
  package static func line(_ module: MemoryStatus.Module) -> String? {
    guard let contents = module.contents else { return nil }
    let parts = contents.parts.map { part in
      let rows = "\(Figures.count(part.count)) \(part.name)"
      return part.count == part.tokens
        ? rows : rows + " for \(Figures.plural(part.tokens, "token"))"
    }
    let held = parts.isEmpty ? "nothing yet" : parts.joined(separator: ", ")
    let gone =
      contents.dropped > 0
      ? "\(Figures.plural(contents.dropped, "token")) dropped: \(contents.rule)" : contents.rule
    return "\(module.kind): \(held); \(gone)"
  }

  /// The slots of a memory's modules, a line each; none where nothing can be told apart.
  package static func slots(of memory: MemoryStatus) -> [String] {
    memory.modules.flatMap { module -> [String] in
      guard let contents = module.contents, !contents.slots.isEmpty else { return [] }
      let first = max(0, contents.slots.count - listed)
      var table = TextTable(
        ["", module.kind, "tokens", ""], alignments: [.right, .left, .right, .left])
      for index in contents.slots.indices.dropFirst(first) {
        let slot = contents.slots[index]
        let text = module.excerpts.indices.contains(index) ? module.excerpts[index] : ""
        table.add([
          "\(index + 1)", excerpt(text), Figures.count(slot.count),
          slot.remarks.joined(separator: ", "),
        ])
      }
      let more = first > 0 ? ["and \(first) older"] : []
      return [""] + table.lines + more
    }
  }

  /// The beginning of a text in one line.
  private static func excerpt(_ text: String) -> String {
    let words = EscapedText.escaped(text.split(separator: "\n").joined(separator: " "))
    return words.count > width ? words.prefix(width - 1) + "…" : words
  }
}

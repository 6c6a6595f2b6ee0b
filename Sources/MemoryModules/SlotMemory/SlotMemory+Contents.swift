package import Memory
import Tokenization
import Transformer

extension SlotMemory: Inspectable {
  /// The sentences, each with how clearly the cell gives it for its own vector: how far its score is ahead of the next one's.
  package var contents: ModuleContents {
    refresh()
    let records = texts.state.ledger.records
    let rows = records.reduce(0) { $0 + $1.count }
    return ModuleContents(
      parts: [
        .init("sentences", count: records.count, tokens: rows),
        .init("next tokens", count: state.tokens.items.count, tokens: rows),
      ], dropped: 0, rule: "the oldest sentences go beyond \(configuration.texts.budget)",
      slots: records.map { record in
        .init(
          tokens: Array(record.tokens.prefix(ModuleContents.excerpt)), count: record.count,
          remarks: remarks(of: record))
      })
  }

  private func remarks(of record: FactRecord) -> [String] {
    guard let sentences = state.sentences, !record.meaning.isEmpty else { return [] }
    let scores = sentences.scores(record.meaning, among: state.numbers)
    guard let place = state.numbers.place(of: Self.item(of: record.tokens)) else { return [] }
    let own = scores[place]
    let rank = scores.count { $0 > own }
    let rival = scores.indices.lazy.filter { $0 != place }.map { scores[$0] }.max() ?? 0
    let lead = own > 0 ? Int((100 * max(0, min(1, 1 - rival / own))).rounded()) : 0
    let found = rank == 0 ? "recalled, \(lead) % ahead" : "blurred: \(rank) others come before it"
    let replaced = texts.state.ledger.isCurrent(record.id) ? [] : ["corrected since"]
    return [found] + (sentences.remark(of: record.meaning).map { [$0] } ?? []) + replaced
  }
}

import Foundation
import Tokenization
import Transformer

extension AttachedMemory {
  /// Records a module's reading, for `/why`.
  func record(
    _ kind: ModuleKind, reading: Reading, votes: [Reading.Vote], gate: Float, position: Int
  ) {
    guard contributions.count < 4096, let top = reading.top else { return }
    let journal = memory.journal
    let sources = votes.prefix(3).compactMap { vote -> MemoryContribution.Source? in
      guard let journal, let provenance = journal.provenance(of: vote.journal) else { return nil }
      return .init(
        weight: vote.weight, provenance: provenance,
        excerpt: excerpt(journal.stretch(around: vote.journal)))
    }
    contributions.append(
      MemoryContribution(
        position: position, module: kind, gate: gate, token: top.token,
        probability: exp(top.logProbability), sources: sources))
  }

  private func excerpt(_ tokens: ArraySlice<Int32>) -> String {
    memory.tokenizer?.decode(Array(tokens)) ?? ""
  }

  /// Keys of the positions before one, back to the last multiple of a module's lookback, as far as they are known
  /// without a gap, [positions, key columns].
  func leadKeys(before position: Int, lookback: Int) -> [Float] {
    guard lookback > 1 else { return [] }
    for start in (position - position % lookback)..<position {
      if let (keys, _) = keysAndHidden(at: Array(start..<position)) { return keys }
    }
    return []
  }

  /// The session's tokens, for rows at some positions.
  func text(at positions: [Int]) -> TextWindow {
    TextWindow(tokens: session.tokens, positions: positions, mode: session.mode)
  }

  /// Keys of the plain model, [positions, key columns], and final hidden states as hooks left them, [positions, width]; nil
  /// when they are not all known.
  func keysAndHidden(at positions: [Int]) -> (keys: [Float], hidden: [Float])? {
    guard var raw = modules.plainRows(at: positions),
      let edited = modules.editedHidden(at: positions)
    else { return nil }
    raw.removeLast()
    return (memory.adapter.keys.keys(raw, rows: positions.count), edited)
  }
}

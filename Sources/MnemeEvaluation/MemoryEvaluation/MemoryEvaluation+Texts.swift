import Foundation
import Memory
import Mneme
import Tokenization
import Transformer

extension MemoryEvaluation {
  /// Scores a text in one arm.
  func score(
    _ task: TextTask, arm: ArmDescription, bench: EvaluationBench
  ) throws -> TextScorer.Score {
    let hasMemory = arm.role == .memory
    let text = model.tokenizer.encode(task.text, addBOS: false, parseSpecial: false)
    // Before anything is taught: what the user's memory knew of it.
    let read = hasMemory ? ReadingOverlap.share(of: text, readBy: bench.memories) : nil
    if hasMemory, let before = task.before {
      try EpisodeTeacher(
        model: model, source: "\(task.id) before", session: bench.session,
        memories: bench.memories
      ).teach([Telling(.document, before)])
    }
    var score = try TextScorer.score(
      text, in: bench.session, tokenizer: model.tokenizer,
      provenance: Provenance(
        conversation: task.id, turn: 0, role: .document, source: task.id, time: 0),
      window: contextLength, learns: task.learns && hasMemory)
    score.read = read
    return score
  }
}

extension TextScorer.Score {
  /// Tokens of a block, the unit that is paired between arms.
  static let blockLength = 128

  /// Mean surprisal of each block of at most 128 tokens; no block crosses the beginning of a window.
  var blocks: [ABReport.Outcome] {
    var outcomes: [ABReport.Outcome] = []
    var start = 0
    let begins = Set(windows)
    func close(at end: Int) {
      guard end > start else { return }
      let nats = surprisal[start..<end]
      outcomes.append(
        ABReport.Outcome(nll: nats.reduce(0, +) / Double(nats.count), tokens: nats.count))
      start = end
    }
    for index in surprisal.indices {
      if begins.contains(positions[index]) || index - start == Self.blockLength { close(at: index) }
    }
    close(at: surprisal.count)
    return outcomes
  }
}

import Foundation
import Mneme
import MnemeEvaluation
import Tensors
import TestSupport
import Testing

/// A memory that does nothing must show no effect: 20 seeds, through the whole battery.
@Suite("No effect where there is none")
struct NullEffectTests {
  private static let seeds = 20

  private func figures(
    _ chat: TinyChat, _ plan: SuitePlan, controls: [ControlArm], seed: UInt64
  ) throws -> SuiteFigures {
    var options = GenerationOptions.greedy
    options.maximumResponseTokens = 2
    let evaluation = MemoryEvaluation(
      model: chat.model,
      memories: [.init(name: "attached", source: .new([.neighbor], adapter: nil))],
      controls: controls, options: options, seed: seed)
    let suite = FixedSuite(name: "fixed", metrics: [.nll, .contains])
    let results = try evaluation.run(
      [PlannedSuite(suite: suite, plan: plan)], settings: evaluation.settings(suites: ["fixed"]))
    return try #require(results.figures.first)
  }

  private func episodes(_ seed: UInt64) throws -> [Episode] {
    let plan = try RecallSuite().plan(SuiteOptions(seed: seed, episodes: 1, context: 256))
    guard case .episodes(let episodes, _) = plan else { return [] }
    // Many small episodes: a question each, whose answers are nobody's but its own.
    return episodes.flatMap { episode in
      episode.questions.prefix(6).enumerated().map { index, question in
        Episode(
          id: "\(episode.id) \(index)", sessions: [episode.sessions.joined().prefix(3) + []],
          questions: [question])
      }
    }
  }

  @Test("An empty memory changes no bit")
  func empty() throws {
    let chat = try TinyChat.shared.get()
    for seed in 0..<UInt64(Self.seeds) {
      let silent = try episodes(seed).map {
        Episode(id: $0.id, sessions: [], questions: $0.questions)
      }
      let figures = try figures(chat, .episodes(silent, decoys: []), controls: [], seed: seed)
      for comparison in figures.comparisons {
        #expect(comparison.verdict == .undecided)
        #expect(comparison.difference.mean == 0)
        #expect(comparison.difference.wins == 0 && comparison.difference.losses == 0)
      }
    }
  }

  /// Two memories that were told things which have nothing to do with the questions: both change the logits, neither is
  /// better, and at most one run in twenty may say so.
  @Test("Of two memories that know nothing of it neither is better")
  func placebo() throws {
    let chat = try TinyChat.shared.get()
    var decided = 0
    for seed in 0..<UInt64(Self.seeds) {
      let (asked, one, other) = try (
        episodes(seed), episodes(seed &+ 1000), episodes(seed &+ 2000)
      )
      // Which of the two is under test is drawn for each question.
      var generator = SplitMix64(seed: seed)
      var told: [Episode] = []
      var decoys: [Episode] = []
      for (index, episode) in asked.enumerated() where index < min(one.count, other.count) {
        let isSwapped = Bool.random(using: &generator)
        let (mine, its) = isSwapped ? (other[index], one[index]) : (one[index], other[index])
        told.append(Episode(id: episode.id, sessions: mine.sessions, questions: episode.questions))
        decoys.append(Episode(id: episode.id, sessions: its.sessions, questions: []))
      }
      let figures = try figures(
        chat, .episodes(told, decoys: decoys), controls: [.wrongMemory], seed: seed)
      let comparison = try #require(
        figures.comparisons.first { $0.baseline == "wrong-memory" && $0.metric == .nll })
      // The memories are heard: otherwise this would be the test above.
      #expect(comparison.difference.wins + comparison.difference.losses > 0)
      if comparison.verdict != .undecided { decided += 1 }
    }
    #expect(decided <= 1)
  }
}

public import Mneme
import ModelFiles

/// Facts that are corrected, left unchanged or forgotten: recall of the current values.
///
/// The text form of Zoology's forgetting variant of multi-query associative recall (Arora et al. 2023, arXiv 2312.04927), where a
/// key's last value counts; and the forgetting of single statements by their source.
public struct UpdatesSuite: EvaluationSuite {
  public let name = "updates"
  public let title = "Corrections and forgetting"
  public let summary =
    """
    Ten facts are told; later four are corrected and two forgotten by command. A good memory gives the new value of what was \
    corrected, the only value of what was not, and treats what was forgotten like something never told. After the forgetting \
    variant of multi-query associative recall in Zoology, Arora et al. 2023 (arXiv 2312.04927).
    """
  public let metrics: [Metric] = [.contains, .success, .leak, .nll]

  /// Facts of an episode, how many are corrected, and how many forgotten.
  static let (facts, corrected, forgotten) = (10, 4, 2)

  /// The suite.
  public init() {}

  /// Twelve episodes of ten facts.
  ///
  /// Questions about forgotten facts are marked; both their answer and their wrong answer are the forgotten value, so
  /// that its likelihood and its appearance are measured, neither of which is wanted. The wrong answer for an unchanged
  /// fact is the new value of another key.
  public func plan(_ options: SuiteOptions) throws(EvaluationError) -> SuitePlan {
    .generated(options.count(12), options) { index, seed, avoided in
      episode(index, seed, avoided)
    }
  }

  private func episode(_ index: Int, _ seed: UInt64, _ avoided: Set<String>) -> Episode {
    var random = SuiteRandom(seed, name, "\(index)")
    var values = PlainFact.Values(avoiding: avoided)
    let facts = PlainFact.draw(Self.facts, values: &values, &random)
    let order = random.shuffled(Array(facts.indices))
    let corrected = Array(order.prefix(Self.corrected))
    let forgotten = Array(order.dropFirst(Self.corrected).prefix(Self.forgotten))

    var first: [Telling] = []
    for (place, fact) in facts.enumerated() {
      let source: ByteString? =
        forgotten.contains(place) ? "\(name)-\(index)-fact-\(place)" : nil
      first.append(Telling(.statement, fact.statement, reply: "Okay.", source: source))
    }
    var second: [Telling] = []
    var current = facts
    for place in corrected {
      let fact = facts[place].with(values.next(for: facts[place].relation, &random))
      current[place] = fact
      second.append(Telling(.statement, fact.correction, reply: "Sorry. I will remember that."))
    }
    for place in forgotten {
      second.append(Telling(.forget, "", source: "\(name)-\(index)-fact-\(place)"))
    }

    var questions: [Question] = []
    for place in random.shuffled(Array(facts.indices)) {
      let (old, now) = (facts[place], current[place])
      if forgotten.contains(place) {
        questions.append(
          Question(
            old.question, [old.value], wrong: [old.value], kind: "forgotten", isForgotten: true))
      } else if corrected.contains(place) {
        questions.append(
          Question(now.question, [now.value], wrong: [old.value], kind: "corrected"))
      } else {
        let isNumber = now.relation == .code
        let other =
          corrected.first { facts[$0].relation == now.relation }
          ?? corrected.first { (facts[$0].relation == .code) == isNumber } ?? corrected.first
        questions.append(
          Question(
            now.question, [now.value], wrong: other.map { [current[$0].value] } ?? [],
            kind: "untouched"))
      }
    }
    return Episode(id: "\(name)-\(index)", sessions: [first, second], questions: questions)
  }
}

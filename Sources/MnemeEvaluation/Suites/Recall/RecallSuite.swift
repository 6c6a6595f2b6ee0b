import Foundation
public import Mneme

/// Several keys and values at once, each asked for: multi-query associative recall in text form.
///
/// Arora et al. 2023, "Zoology: Measuring and improving recall in efficient language models" (arXiv 2312.04927): keys and
/// values are drawn without replacement, and the places of the queries follow a power law (a = 0.01).
public struct RecallSuite: EvaluationSuite {
  public let name = "recall"
  public let title = "Recall of many pairs"
  public let summary =
    """
    Up to 64 facts with invented names are told one after another, then up to eight of them, from first to last, are asked \
    for, each in an empty context. The share of right answers is shown for every number of pairs: it says how many facts fit. \
    Without a memory it is close to 0. After multi-query associative recall, Arora et al. 2023 (arXiv 2312.04927).
    """
  public let metrics: [Metric] = [.contains, .exactMatch, .nll]

  /// The largest number of facts that an episode asks for: the questions of an episode are one unit of the figures, so
  /// further questions add little, and further episodes add more.
  static let asked = 8

  /// The suite.
  public init() {}

  /// Four episodes each of 4, 16 and 64 pairs; `lengths` are other numbers of pairs.
  public func plan(_ options: SuiteOptions) throws(EvaluationError) -> SuitePlan {
    var work: [(pairs: Int, number: Int)] = []
    for pairs in options.lengths([4, 16, 64]).map({ min($0, 4096) }) {
      for number in 0..<options.count(4) { work.append((pairs, number)) }
    }
    return .generated(work.count, options, meanLengths: true) { index, seed, avoided in
      let (pairs, number) = work[index]
      var random = SuiteRandom(seed, name, "\(pairs)", "\(number)")
      let facts = PlainFact.draw(pairs, avoiding: avoided, &random)
      let tellings = facts.map { Telling(.statement, $0.statement, reply: "Okay.") }
      let told = options.count(tellings)
      let places = Self.places(facts.count, &random)
      let questions = Self.order(places.count, &random).map { query in
        let place = places[query]
        let fact = facts[place]
        // Quarters, so that a table has a few columns.
        let depth = facts.count > 1 ? Double(place) / Double(facts.count - 1) : 0
        return Question(
          fact.question, [fact.sentence, fact.value], kind: "\(pairs) pairs",
          depth: (4 * depth).rounded() / 4, length: told)
      }
      return Episode(id: "\(name)-\(index)", sessions: [tellings], questions: questions)
    }
  }

  /// The facts that are asked for: all, or one of each of `asked` equal parts of the told text, so that no depth is
  /// missed.
  package static func places(_ count: Int, _ random: inout SuiteRandom) -> [Int] {
    guard count > asked else { return Array(0..<max(0, count)) }
    return (0..<asked).map { part in
      random.within((part * count / asked)...((part + 1) * count / asked - 1))
    }
  }

  /// The order of the queries: each key takes one of 4 n places, place i with a probability proportional to i^(a-1).
  package static func order(_ count: Int, power: Double = 0.01, _ random: inout SuiteRandom)
    -> [Int]
  {
    var weights = (0..<(4 * count)).map { power * pow(Double($0 + 1), power - 1) }
    var total = weights.reduce(0, +)
    var places: [Int] = []
    for _ in 0..<count {
      var rest = random.unit() * total
      var chosen: Int?
      for (place, weight) in weights.enumerated() where weight > 0 {
        chosen = place
        rest -= weight
        if rest < 0 { break }
      }
      let place = chosen ?? 0
      total -= weights[place]
      weights[place] = 0
      places.append(place)
    }
    return places.indices.sorted { places[$0] < places[$1] }
  }
}

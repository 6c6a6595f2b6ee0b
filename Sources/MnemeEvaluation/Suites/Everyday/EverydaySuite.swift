public import Mneme

/// Facts as people tell them in passing, asked for in plain and in other words.
///
/// The wordings are this suite's own: they are none of those that memories are calibrated on.
public struct EverydaySuite: EvaluationSuite {
  public let name = "everyday"
  public let title = "Everyday facts in free wordings"
  public let summary =
    """
    Twenty-four facts of one life are told in passing, in many styles, among small talk; three are corrected. Twelve are asked \
    for with an empty context, in plain words and in others; beside them stand questions that concern no fact, whose replies \
    must stay the plain model's to the bit. An answer is right when the reply names the present value and not the old one; \
    what memory cites counts by itself, too.
    """
  public let metrics: [Metric] = [.contains, .cited, .found, .unchanged, .leak]

  /// Facts of a life, how many are asked for, how many of these are corrected, and the unrelated questions.
  static let (facts, asked, corrected, unrelated) = (24, 12, 3, 7)
  /// Messages of small talk in a life.
  private static let smallTalk = 8

  /// All kinds of fact.
  package static let kinds = EverydayKind.people + EverydayKind.work + EverydayKind.home

  /// The suite.
  public init() {}

  /// Four lives; together they ask for every kind of fact.
  public func plan(_ options: SuiteOptions) throws(EvaluationError) -> SuitePlan {
    .generated(options.count(4), options) { index, seed, avoided in
      episode(index, seed, avoided)
    }
  }

  /// A fact of a life.
  private struct Fact {
    let kind: EverydayKind
    let value: EverydayValue
    /// The value before it was corrected.
    var old: EverydayValue?
  }

  private func episode(_ index: Int, _ seed: UInt64, _ avoided: Set<String>) -> Episode {
    // The order of the kinds is the same in all lives, which take them in turn.
    var order = SuiteRandom(seed, name, "kinds")
    let kinds = order.shuffled(Self.kinds)
    var random = SuiteRandom(seed, name, "\(index)")
    var values = EverydayValues(avoiding: avoided)
    let facts = (0..<Self.facts).map { place in
      let kind = kinds[(index * Self.asked + place) % kinds.count]
      let first = values.next(kind.values, &random)
      guard place < Self.corrected else { return Fact(kind: kind, value: first) }
      return Fact(kind: kind, value: values.next(kind.values, &random), old: first)
    }
    return Episode(
      id: "\(name)-\(index)", sessions: tellings(facts, &random),
      questions: questions(Array(facts.prefix(Self.asked)), &random))
  }

  /// The statements in random order, one correction right after what it corrects, the others later in a session of
  /// their own.
  private func tellings(_ facts: [Fact], _ random: inout SuiteRandom) -> [[Telling]] {
    func telling(_ text: String, _ random: inout SuiteRandom) -> Telling {
      Telling(.statement, text, reply: random.pick(EverydayTalk.replies))
    }
    var groups: [[Telling]] = []
    var later: [[Telling]] = []
    for (place, fact) in facts.enumerated() {
      let first = fact.old ?? fact.value
      var group = [
        telling(random.pick(fact.kind.statements).replacing("{}", with: first.told), &random)
      ]
      if let old = fact.old {
        if place == 0 {
          let text = random.pick(EverydayTalk.corrections).replacing("{}", with: fact.value.told)
          group.append(telling(text.replacing("()", with: old.told), &random))
        } else {
          let text = random.pick(fact.kind.corrections)
          later.append([telling(text.replacing("{}", with: fact.value.told), &random)])
        }
      }
      groups.append(group)
    }
    let talk = random.sample(EverydayTalk.small, Self.smallTalk).map {
      [Telling(.statement, $0.said, reply: $0.reply)]
    }
    groups += talk.dropLast(2)
    later += talk.suffix(2)
    return [random.shuffled(groups), random.shuffled(later)].map { $0.flatMap { $0 } }
  }

  private func questions(_ facts: [Fact], _ random: inout SuiteRandom) -> [Question] {
    var questions: [Question] = []
    for fact in facts {
      if let old = fact.old {
        questions.append(
          Question(
            random.pick(fact.kind.questions), fact.value.forms, wrong: old.forms,
            kind: "corrected"))
      } else {
        questions.append(
          Question(random.pick(fact.kind.questions), fact.value.forms, kind: "direct"))
        questions.append(
          Question(random.pick(fact.kind.paraphrases), fact.value.forms, kind: "paraphrase"))
      }
    }
    // Half of them have words of the facts in them.
    let near = random.sample(facts.flatMap(\.kind.lookalikes), Self.unrelated / 2)
    let far = random.sample(EverydayTalk.unrelated, Self.unrelated - near.count)
    questions += (near + far).map { Question($0, [], kind: "unrelated") }
    return random.shuffled(questions)
  }
}

public import Mneme

/// Stories of a small world, told in several sessions and asked about in a later one.
///
/// After bAbI (Weston et al. 2015, arXiv 1502.05698), its tasks 1 to 3, 5, 7, 8, 14 and 15, spread over sessions with small talk
/// between; answers are single labels of a known vocabulary, judged as BABILong does (Kuratov et al. 2024, arXiv 2406.10149):
/// the right label must be named and no other.
public struct SessionsSuite: EvaluationSuite {
  public let name = "sessions"
  public let title = "Stories over three sessions"
  public let summary =
    """
    People walk, carry and pass on things, told over three sessions that are separate processes with only the memory file \
    between them; then it is asked who is where, what was where before, who gave what, how many, when, and what follows: \
    guessing gives about 1 in 6. Plain facts told in each session show, even for a model too small for the stories, whether \
    what was said sessions ago is still there. After bAbI, Weston et al. 2015 (arXiv 1502.05698), and BABILong, Kuratov et \
    al. 2024 (arXiv 2406.10149).
    """
  public let metrics: [Metric] = [.contains, .success, .leak, .nll]
  public var splitsSessions: Bool { true }

  /// Sessions of an episode, and events of each.
  static let (sessions, events) = (3, 12)

  /// The suite.
  public init() {}

  /// Ten worlds, ten questions at most about each. Half of the worlds are asked how much somebody has, the others what; half
  /// about times of day, the others what animals fear.
  public func plan(_ options: SuiteOptions) throws(EvaluationError) -> SuitePlan {
    .generated(options.count(10), options) { index, seed, avoided in
      Self.episode(index, SuiteRandom(seed, name, "\(index)"), avoided)
    }
  }

  private static func episode(
    _ index: Int, _ start: SuiteRandom, _ avoided: Set<String>
  ) -> Episode {
    var random = start
    let labels = Set(avoided.flatMap { AnswerText.words($0).map(String.init) } + avoided)
    let words = WorldVocabulary(avoiding: labels, &random)
    var world = World(actors: words.actors, rooms: words.rooms, objects: words.objects)

    var told: [[String]] = []
    for _ in 0..<sessions {
      var lines: [String] = []
      for _ in 0..<events {
        let event = world.next(&random)
        world.apply(event)
        lines.append(WorldTelling.sentence(event, &random))
      }
      told.append(lines)
    }
    var questions = WorldQuestions(world)
    questions.places(1, &random)
    questions.past(1, &random)
    questions.gifts(1, &random)
    questions.possessions(counts: index % 2 == 0, &random)
    let asksTimes = index / 2 % 2 == 0
    times(words, &told, asking: asksTimes ? 1 : 0, &questions, &random)
    fears(words, &told, asking: asksTimes ? 0 : 1, &questions, &random)
    let plain = SessionFacts(avoiding: avoided, words, sessions: sessions, &random)
    plain.tell(in: &told, &random)
    let small = random.shuffled(WorldTelling.smallTalk)
    let tellings = told.enumerated().map { number, lines in
      let talk = small.dropFirst(3 * number).prefix(3).map {
        Telling(.statement, $0.said, reply: $0.reply)
      }
      return merge(lines.map { Telling(.statement, $0, reply: "Okay.") }, talk, &random)
    }
    return Episode(
      id: "sessions-\(index)", sessions: tellings,
      questions: random.shuffled(questions.questions + plain.questions))
  }

  /// Where travellers were at three times of day, told in any order; `count` of them are asked about.
  private static func times(
    _ words: WorldVocabulary, _ told: inout [[String]], asking count: Int,
    _ questions: inout WorldQuestions, _ random: inout SuiteRandom
  ) {
    for (number, traveller) in words.travellers.enumerated() {
      let sights = random.sample(words.sights, 3)
      let skipped = random.below(WorldTelling.times.count)
      let times = WorldTelling.times.indices.filter { $0 != skipped }
      for place in random.shuffled(Array(sights.indices)) {
        let sentence = WorldTelling.sentence(
          traveller: traveller, sight: sights[place], time: WorldTelling.times[times[place]],
          &random)
        insert(sentence, into: &told, &random)
      }
      let place = random.within(1...2)
      guard number < count else { continue }
      questions.ask(
        "Where was \(traveller) before the \(sights[place])?", [sights[place - 1]],
        labels: words.sights, kind: "time")
    }
  }

  /// What kinds of animals are afraid of, and who is of which kind; `count` are asked about.
  private static func fears(
    _ words: WorldVocabulary, _ told: inout [[String]], asking count: Int,
    _ questions: inout WorldQuestions, _ random: inout SuiteRandom
  ) {
    // Each kind fears the next of a random circle, so none fears itself.
    let circle = random.shuffled(words.species)
    for (place, kind) in circle.enumerated() {
      let feared = circle[(place + 1) % circle.count]
      insert(WorldTelling.sentence(kind, fears: feared), into: &told, &random)
    }
    let labels = words.species.flatMap { $0.one == $0.many ? [$0.one] : [$0.one, $0.many] }
    for (number, pet) in words.pets.enumerated() {
      let place = random.below(circle.count)
      insert(WorldTelling.sentence(pet: pet, circle[place]), into: &told, &random)
      guard number < count else { continue }
      let feared = circle[(place + 1) % circle.count]
      let answers = feared.one == feared.many ? [feared.one] : [feared.one, feared.many]
      questions.ask("What is \(pet) afraid of?", answers, labels: labels, kind: "deduction")
    }
  }

  private static func insert(
    _ sentence: String, into told: inout [[String]], _ random: inout SuiteRandom
  ) {
    let session = random.below(told.count)
    told[session].insert(sentence, at: random.below(told[session].count + 1))
  }

  /// Both lists in one, each in its own order.
  private static func merge(
    _ lines: [Telling], _ talk: [Telling], _ random: inout SuiteRandom
  ) -> [Telling] {
    var merged = lines
    var places = talk.map { _ in random.below(lines.count + 1) }
    places.sort()
    for (number, place) in places.enumerated() { merged.insert(talk[number], at: place + number) }
    return merged
  }
}

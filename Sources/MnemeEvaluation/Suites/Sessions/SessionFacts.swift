/// Plain facts that are told together with a story: one in every session, and one more in one of them.
struct SessionFacts {
  /// A fact and the number of the session it is told in.
  private let facts: [(fact: PlainFact, session: Int)]
  private let sessions: Int

  /// Facts whose values are names, each about something else than the story.
  init(
    avoiding avoided: Set<String>, _ words: WorldVocabulary, sessions: Int,
    _ random: inout SuiteRandom
  ) {
    let people = words.actors + words.travellers + words.pets
    let things =
      words.rooms + words.objects + words.sights + words.species.flatMap { [$0.one, $0.many] }
    let others = avoided.union(people).union(things)
    var values = PlainFact.Values(avoiding: others)
    // Codes are left out: among names they could not be confused.
    let drawn = PlainFact.draw(
      sessions + 1, values: &values, of: [.own, .capital, .king, .river], except: others, &random)
    let places = Array(0..<sessions) + [random.below(sessions)]
    facts = Array(zip(drawn, places))
    self.sessions = sessions
  }

  /// Puts every fact somewhere into its session.
  func tell(in told: inout [[String]], _ random: inout SuiteRandom) {
    for (fact, session) in facts where told.indices.contains(session) {
      told[session].insert(fact.statement, at: random.below(told[session].count + 1))
    }
  }

  /// A question about each; wrong are the values of the others.
  var questions: [Question] {
    facts.map { fact, session in
      Question(
        fact.question, [fact.value],
        wrong: facts.map(\.fact.value).filter { $0 != fact.value },
        kind: "plain fact, session \(session + 1)",
        depth: sessions > 1 ? Double(session) / Double(sessions - 1) : 0)
    }
  }
}

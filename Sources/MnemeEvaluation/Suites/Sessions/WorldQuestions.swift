/// Questions about a world and their right answers.
struct WorldQuestions {
  let world: World
  private(set) var questions: [Question] = []

  init(_ world: World) { self.world = world }

  /// Adds a question whose wrong answers are the other labels of its kind.
  ///
  /// Labels that the question names itself are no wrong answers: repeating the question is not a wrong answer.
  mutating func ask(_ text: String, _ answers: [String], labels: [String], kind: String) {
    let named = AnswerText.words(text)
    let right = answers.flatMap { AnswerText.words($0) }
    let wrong = labels.filter { label in
      AnswerText.words(label).allSatisfy { !named.contains($0) && !right.contains($0) }
    }
    questions.append(Question(text, answers, wrong: wrong, kind: kind))
  }

  /// Where `count` people are, and as many things.
  mutating func places(_ count: Int, _ random: inout SuiteRandom) {
    for actor in random.sample(world.actors, count) {
      guard let room = world.room[actor] else { continue }
      ask("Where is \(actor)?", [room], labels: world.rooms, kind: "where is who (1 fact)")
    }
    for object in random.sample(world.objects.filter { world.trail[$0] != nil }, count) {
      guard let room = world.trail[object]?.last else { continue }
      ask("Where is the \(object)?", [room], labels: world.rooms, kind: "where is what (2 facts)")
    }
  }

  /// Where `count` things were before.
  mutating func past(_ count: Int, _ random: inout SuiteRandom) {
    let moved = world.objects.filter { object in
      let trail = world.trail[object] ?? []
      return trail.count > 1 && !trail.dropLast().contains(trail[trail.count - 1])
    }
    for object in random.sample(moved, count) {
      let trail = world.trail[object] ?? []
      guard let last = trail.last, let before = trail.dropLast().last else { continue }
      ask(
        "Where was the \(object) before the \(last)?", [before], labels: world.rooms,
        kind: "where was it before (3 facts)")
    }
  }

  /// Who gave what to whom; only what has one answer.
  mutating func gifts(_ count: Int, _ random: inout SuiteRandom) {
    let kind = "who gave what to whom"
    var left = count
    for gift in random.shuffled(world.gifts) where left > 0 {
      let forms = random.shuffled([0, 1, 2])
      for form in forms {
        let (text, answer, alike, labels): (String, String, [World.Gift], [String])
        switch form {
        case 0:
          text = "Who gave the \(gift.object) to \(gift.receiver)?"
          answer = gift.giver
          alike = world.gifts.filter { $0.object == gift.object && $0.receiver == gift.receiver }
          labels = world.actors
        case 1:
          text = "What did \(gift.giver) give to \(gift.receiver)?"
          answer = gift.object
          alike = world.gifts.filter { $0.giver == gift.giver && $0.receiver == gift.receiver }
          labels = world.objects
        default:
          text = "Who did \(gift.giver) give the \(gift.object) to?"
          answer = gift.receiver
          alike = world.gifts.filter { $0.giver == gift.giver && $0.object == gift.object }
          labels = world.actors
        }
        guard alike.count == 1, !questions.contains(where: { $0.prompt == text }) else { continue }
        ask(text, [answer], labels: labels, kind: kind)
        left -= 1
        break
      }
    }
  }

  /// How much somebody has, or what.
  mutating func possessions(counts: Bool, _ random: inout SuiteRandom) {
    let actors = random.shuffled(world.actors)
    if counts {
      guard let actor = actors.first else { return }
      let count = world.held[actor]?.count ?? 0
      let numbers = WorldTelling.numbers
      if numbers.indices.contains(count) {
        ask(
          "How many objects is \(actor) carrying?", [numbers[count]], labels: numbers,
          kind: "counting")
      }
      return
    }
    // Three things have too many orders to be listed.
    if let actor = actors.first(where: { (1...2).contains(world.held[$0]?.count ?? 0) }) {
      let things = world.held[actor] ?? []
      let answers =
        things.count == 1
        ? things
        : [things, things.reversed()].flatMap {
          [$0.joined(separator: ", "), $0.joined(separator: " and ")]
        }
      ask("What is \(actor) carrying?", answers, labels: world.objects, kind: "lists")
    }
  }
}

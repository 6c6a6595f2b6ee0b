/// The wording of events: bAbI's own.
enum WorldTelling {
  private static let moves = ["went to", "moved to", "journeyed to", "travelled to"]
  private static let takes = ["took", "got", "picked up", "grabbed"]
  private static let drops = ["dropped", "put down", "left", "discarded"]
  private static let gives = ["gave", "handed", "passed"]
  /// Times of day in order.
  static let times = ["yesterday", "this morning", "this afternoon", "this evening"]

  static func sentence(_ event: World.Event, _ random: inout SuiteRandom) -> String {
    switch event {
    case .move(let actor, let room): "\(actor) \(random.pick(moves)) the \(room)."
    case .take(let actor, let object): "\(actor) \(random.pick(takes)) the \(object)."
    case .drop(let actor, let object): "\(actor) \(random.pick(drops)) the \(object)."
    case .give(let actor, let object, let receiver):
      "\(actor) \(random.pick(gives)) the \(object) to \(receiver)."
    }
  }

  /// Where somebody was at a time of day.
  static func sentence(
    traveller: String, sight: String, time: String, _ random: inout SuiteRandom
  ) -> String {
    let verb = random.pick(moves)
    return random.below(2) == 0
      ? "\(time.prefix(1).uppercased() + time.dropFirst()) \(traveller) \(verb) the \(sight)."
      : "\(traveller) \(verb) the \(sight) \(time)."
  }

  /// What a kind is afraid of.
  static func sentence(
    _ kind: WorldVocabulary.Species, fears: WorldVocabulary.Species
  ) -> String {
    "\(kind.many.prefix(1).uppercased() + kind.many.dropFirst()) are afraid of \(fears.many)."
  }

  /// What somebody is.
  static func sentence(pet: String, _ kind: WorldVocabulary.Species) -> String {
    "\(pet) is a \(kind.one)."
  }

  /// Number words.
  static let numbers = ["none", "one", "two", "three", "four", "five"]

  /// Small talk between the events.
  static let smallTalk: [(said: String, reply: String)] = [
    ("How are you today?", "I am fine, thank you."),
    ("It is raining again.", "Then it is a good day to stay inside."),
    ("I had soup for dinner.", "That sounds good."),
    ("Do you like music?", "Yes, I like to talk about music."),
    ("I am a little tired.", "You should get some rest."),
    ("I went for a walk.", "I hope you enjoyed it."),
    ("Thank you for listening.", "You are welcome."),
    ("I read a good story.", "What was it about?"),
    ("The weather is nice today.", "Enjoy the sun!"),
    ("I slept very well.", "I am glad to hear that."),
    ("I have to work a lot.", "I hope it is not too much."),
    ("Tomorrow I want to bake bread.", "Fresh bread is wonderful."),
  ]
}

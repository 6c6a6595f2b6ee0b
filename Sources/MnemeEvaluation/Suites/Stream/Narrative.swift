/// A story in chapters, written by a grammar: invented people, places and sayings that return again and again.
///
/// Every person has a home, a trade, a thing that is always with them and a saying; these never change, so a memory of
/// them makes later words predictable. Everything else is drawn at random.
struct Narrative {
  /// One of the people.
  struct Person: Equatable {
    var name: String
    var family: String
    var home: String
    var trade: String
    var possession: String
    var saying: String
    var animal: String
  }

  private var random: SuiteRandom
  private var names = InventedNames()
  private(set) var people: [Person] = []
  private(set) var places: [String] = []
  private var chapter = 0
  private var paragraph = 0

  init(_ random: SuiteRandom) {
    self.random = random
    for _ in 0..<6 { places.append(names.next(&self.random)) }
    let trades = self.random.shuffled(NarrativeWords.trades)
    let possessions = self.random.shuffled(NarrativeWords.possessions)
    let animals = self.random.shuffled(NarrativeWords.animals)
    let sayings = self.random.shuffled(
      NarrativeWords.beginnings.flatMap { beginning in
        NarrativeWords.endings.map { "\(beginning) \($0)" }
      })
    for number in 0..<8 {
      people.append(
        Person(
          name: names.next(&self.random), family: names.next(&self.random),
          home: places[number % places.count], trade: trades[number],
          possession: possessions[number], saying: sayings[number],
          animal: animals[number]))
    }
  }

  /// A text of about `tokens` tokens.
  mutating func text(tokens: Int, _ count: (String) -> Int) -> String {
    TextLength.fill(tokens: tokens, count) { nextParagraph() }.joined(separator: " ")
  }

  private mutating func nextParagraph() -> String {
    defer { paragraph += 1 }
    var sentences: [String] = []
    if paragraph % 9 == 0 {
      chapter += 1
      let place = random.pick(places)
      sentences.append("Chapter \(chapter), in which the story comes to \(place).")
    }
    let cast = random.sample(people, 3)
    if random.below(3) == 0 || paragraph < 4 { sentences.append(introduction(cast[0])) }
    for _ in 0..<random.within(2...4) {
      sentences.append(event(cast[random.below(2)], cast[2]))
    }
    if random.below(2) == 0 { sentences.append(scenery()) }
    if random.below(2) == 0 { sentences.append(saying(cast[0], to: cast[1])) }
    return sentences.joined(separator: " ")
  }

  private mutating func introduction(_ person: Person) -> String {
    switch random.below(4) {
    case 0: "\(person.name) \(person.family) was \(person.trade) in \(person.home)."
    case 1:
      "Everybody in \(person.home) knew \(person.name) \(person.family), \(person.trade) with \(person.possession)."
    case 2:
      "\(person.name) never left \(person.home) without \(person.possession) and \(person.animal)."
    default: "It was \(person.name) \(person.family), \(person.trade) from \(person.home)."
    }
  }

  private mutating func saying(_ person: Person, to other: Person) -> String {
    switch random.below(3) {
    case 0: "\"\(person.saying),\" said \(person.name), as always."
    case 1:
      "\(person.name) looked at \(other.name) and said what people in \(person.home) had heard a hundred times: \"\(person.saying).\""
    default:
      "\"\(person.saying),\" \(person.name) told \(other.name) \(random.pick(NarrativeWords.manners))."
    }
  }

  private mutating func scenery() -> String {
    let place = random.pick(places)
    let words = NarrativeWords.self
    return switch random.below(3) {
    case 0: "\(random.pick(words.skies)) over \(place), and \(random.pick(words.sounds))."
    case 1: "In \(place) \(random.pick(words.sounds)) \(random.pick(words.hours))."
    default:
      "The road to \(place) was \(random.pick(words.roads)), and \(random.pick(words.skies).lowercased())."
    }
  }

  private mutating func event(_ person: Person, _ other: Person) -> String {
    let words = NarrativeWords.self
    let hour = random.pick(words.hours)
    let manner = random.pick(words.manners)
    return switch random.below(8) {
    case 0:
      "\(person.name) \(random.pick(words.journeys)) from \(person.home) to \(other.home) \(hour)."
    case 1:
      "\(person.name) showed \(other.name) \(person.possession), and \(other.name) \(random.pick(words.answers))."
    case 2:
      "\(person.animal.prefix(1).uppercased() + person.animal.dropFirst()) of \(person.name) \(random.pick(words.antics)) \(manner)."
    case 3:
      "\(hour.prefix(1).uppercased() + hour.dropFirst()) \(other.name) \(other.family) \(random.pick(words.deeds)) \(manner)."
    case 4:
      "\(person.name) asked for \(random.pick(words.wishes)), but \(other.name) \(random.pick(words.answers))."
    case 5:
      "A letter from \(other.home) said that \(other.name) \(random.pick(words.deeds)) \(hour)."
    case 6:
      "\(person.name) \(person.family) and \(other.name) \(other.family) \(random.pick(words.deeds)) together \(hour)."
    default:
      "\(other.name) thought of \(person.possession) and \(random.pick(words.deeds)) \(manner)."
    }
  }
}

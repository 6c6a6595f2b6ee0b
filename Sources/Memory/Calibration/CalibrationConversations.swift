import Tensors

/// Synthetic conversations on which gates are fitted: invented people state facts about themselves and later ask about
/// them.
///
/// Names are made from syllables with a generator of its own, so they carry no meaning, and the same seed gives the same
/// people on every machine.
package struct CalibrationConversations {
  /// A stated fact, and the question that asks for it.
  package struct Fact: Equatable {
    package let statement: String
    package let acknowledgement: String
    package let question: String
    package let answer: String
    /// The subject of the fact.
    package let subject: String
  }

  private var generator: SplitMix64

  package init(seed: UInt64) { generator = SplitMix64(seed: seed) }

  private static let onsets = [
    "b", "c", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z", "br", "dr",
    "st", "tr", "sh", "gl", "",
  ]
  private static let vowels = ["a", "e", "i", "o", "u", "ai", "ee", "ou"]
  private static let codas = ["", "", "", "n", "r", "l", "s", "t", "k", "m"]
  private static let animate = [
    "dog", "cat", "horse", "parrot", "rabbit", "sister", "brother", "friend", "boss", "neighbor",
    "teacher", "doctor", "uncle", "aunt", "cousin", "coach", "dentist", "turtle", "hamster",
    "village", "street", "school", "hotel", "boat", "band", "company",
  ]
  private static let numbered = ["house number", "room number", "lucky number", "locker number"]
  /// Small talk as (user, assistant).
  static let smallTalk: [(String, String)] = [
    ("Hello!", "Hello! How are you today?"),
    ("How are you?", "I am fine, thank you. How are you?"),
    ("I am a little tired.", "I am sorry to hear that. I hope you can rest a little."),
    ("It is raining outside.", "Then it is a good day for a book and some tea."),
    ("I went for a walk in the park.", "That sounds nice. Did you enjoy it?"),
    ("Do you like music?", "Yes, I like it very much. Do you?"),
    ("I made soup for dinner.", "That sounds good. How was it?"),
    ("Thank you!", "You are welcome!"),
    ("What should I do today?", "Maybe read a book or call a friend."),
    ("I have to work tomorrow.", "I hope it will be a good day for you."),
  ]

  /// An invented name.
  package mutating func name() -> String {
    let syllables = 2 + Int(generator.next() % 2)
    var word = ""
    for index in 0..<syllables {
      word += generator.pick(Self.onsets) + generator.pick(Self.vowels)
      if index == syllables - 1 || generator.next() % 3 == 0 { word += generator.pick(Self.codas) }
    }
    return word.prefix(1).uppercased() + word.dropFirst()
  }

  /// Facts about different things.
  package mutating func facts(_ count: Int) -> [Fact] {
    var subjects = Self.animate + Self.numbered + ["city", "job"]
    return (0..<min(count, subjects.count)).map { _ in
      let index = Int(generator.next() % UInt64(subjects.count))
      return fact(about: subjects.remove(at: index))
    }
  }

  private mutating func fact(about subject: String) -> Fact {
    switch subject {
    case "city":
      let value = name()
      return Fact(
        statement: "I live in \(value).", acknowledgement: "Nice, you live in \(value).",
        question: "Where do I live?", answer: "You live in \(value).", subject: subject)
    case "job":
      let value = generator.pick(["baker", "nurse", "pilot", "painter", "lawyer", "farmer"])
      return Fact(
        statement: "I work as a \(value).", acknowledgement: "You work as a \(value).",
        question: "What is my job?", answer: "You work as a \(value).", subject: subject)
    case _ where Self.numbered.contains(subject):
      let value = String(10 + generator.next() % 900)
      return Fact(
        statement: "My \(subject) is \(value).", acknowledgement: "Your \(subject) is \(value).",
        question: "What is my \(subject)?", answer: "Your \(subject) is \(value).",
        subject: subject)
    default:
      let value = name()
      let statement = generator.pick([
        "My \(subject) is called \(value).", "My \(subject) is called \(value).",
        "My \(subject)'s name is \(value).", "The name of my \(subject) is \(value).",
      ])
      let question = generator.pick([
        "What is my \(subject) called?", "What is my \(subject) called?",
        "What is the name of my \(subject)?", "What is my \(subject)'s name?",
      ])
      return Fact(
        statement: statement, acknowledgement: "Nice, your \(subject) is called \(value).",
        question: question, answer: "Your \(subject) is called \(value).", subject: subject)
    }
  }

  /// The same fact stated again with another value, as when people correct themselves.
  package mutating func correction(of fact: Fact) -> Fact {
    let new = self.fact(about: fact.subject)
    let lead = generator.pick(["No, ", "Actually, ", "Sorry, ", "I was wrong, ", ""])
    let first = lead.isEmpty || new.statement.hasPrefix("I ")
    return Fact(
      statement: lead
        + (first
          ? new.statement : new.statement.prefix(1).lowercased() + new.statement.dropFirst()),
      acknowledgement: new.acknowledgement, question: new.question, answer: new.answer,
      subject: new.subject)
  }

  /// One exchange of small talk as (user, assistant).
  package mutating func talk() -> (String, String) { generator.pick(Self.smallTalk) }
}

extension SplitMix64 {
  /// An element; deterministic whatever the standard library's shuffling does.
  mutating func pick<T>(_ items: [T]) -> T { items[Int(next() % UInt64(items.count))] }
}

/// A fact in simple wordings for small chat models: statement, question and answer.
struct PlainFact {
  /// Kinds of facts; keys of `own` are things of the user, of the others an invented name.
  enum Relation: CaseIterable {
    case own, code, capital, king, river
  }

  private static let things =
    """
    dog,cat,horse,parrot,rabbit,hamster,goat,turtle,pony,sister,brother,friend,boss,neighbour,teacher,doctor,uncle,aunt,\
    cousin,coach,dentist,landlord,street,village,school,hotel,restaurant,company,boat,band
    """.split(separator: ",").map(String.init)

  let relation: Relation
  /// The key: the thing the fact is about.
  let key: String
  /// The value: the answer.
  let value: String

  /// The statement.
  var statement: String {
    switch relation {
    case .own: "My \(key) is called \(value)."
    default: sentence
    }
  }

  /// The statement of a corrected value.
  var correction: String {
    switch relation {
    case .own: "No, my \(key) is called \(value)."
    case .code: "No, the code of \(key) is \(value)."
    case .capital: "No, the capital of \(key) is \(value)."
    case .king: "No, the king of \(key) is \(value)."
    case .river: "No, the river of \(key) is \(value)."
    }
  }

  /// The question.
  var question: String {
    switch relation {
    case .own: "What is my \(key) called?"
    case .code: "What is the code of \(key)?"
    case .capital: "What is the capital of \(key)?"
    case .king: "Who is the king of \(key)?"
    case .river: "What is the river of \(key)?"
    }
  }

  /// The answer as a sentence.
  var sentence: String {
    switch relation {
    case .own: "Your \(key) is called \(value)."
    case .code: "The code of \(key) is \(value)."
    case .capital: "The capital of \(key) is \(value)."
    case .king: "The king of \(key) is \(value)."
    case .river: "The river of \(key) is \(value)."
    }
  }

  /// The same with another value.
  func with(_ value: String) -> PlainFact {
    PlainFact(relation: relation, key: key, value: value)
  }

  /// A source of values: names and codes, none twice and none of those avoided.
  struct Values {
    var names: InventedNames
    private var codes: Distinct

    init(avoiding avoided: Set<String> = []) {
      names = InventedNames(avoiding: avoided)
      codes = Distinct(avoiding: avoided)
    }

    mutating func next(for relation: Relation, _ random: inout SuiteRandom) -> String {
      relation == .code ? codes.next { random.digits(5) } : names.next(&random)
    }
  }

  /// `count` facts with different keys and different values.
  static func draw(
    _ count: Int, avoiding avoided: Set<String>, _ random: inout SuiteRandom
  ) -> [PlainFact] {
    var values = Values(avoiding: avoided)
    return draw(count, values: &values, &random)
  }

  /// `count` facts with different keys, their values from `values`.
  ///
  /// - Parameters:
  ///   - relations: at least one, taken in turn.
  ///   - others: words that cannot be keys, since other facts are about them.
  static func draw(
    _ count: Int, values: inout Values, of relations: [Relation] = Relation.allCases,
    except others: Set<String> = [], _ random: inout SuiteRandom
  ) -> [PlainFact] {
    var things = random.shuffled(Self.things.filter { !others.contains($0) })
    var facts: [PlainFact] = []
    for number in 0..<count {
      var relation = relations[number % relations.count]
      if relation == .own, things.isEmpty { relation = .code }
      let key = relation == .own ? things.removeLast() : values.names.next(&random)
      facts.append(
        PlainFact(relation: relation, key: key, value: values.next(for: relation, &random)))
    }
    return random.shuffled(facts)
  }
}

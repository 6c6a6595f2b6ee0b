/// The names of a world.
struct WorldVocabulary {
  var actors: [String]
  var rooms: [String]
  var objects: [String]
  /// People who only occur with times of day.
  var travellers: [String]
  /// The places they visit.
  var sights: [String]
  /// Animals with a name and a kind.
  var pets: [String]
  /// Kinds, one and many.
  var species: [Species]

  /// A kind of animal.
  struct Species: Equatable {
    var one: String
    var many: String
  }

  static let people =
    "Mary John Sandra Daniel Julie Fred Bill Peter Laura Simon Clara Oliver Helen Martin Rosa Victor Alice George Nora Felix Irene Hugo Greta Oscar"
    .split(separator: " ").map(String.init)
  static let allRooms =
    "kitchen garden office bathroom bedroom hallway cellar attic library garage studio balcony nursery pantry workshop porch"
    .split(separator: " ").map(String.init)
  static let allObjects =
    "football apple milk book lamp guitar umbrella teapot blanket hammer camera basket mirror candle ladder bucket"
    .split(separator: " ").map(String.init)
  static let allSights =
    "school park cinema market museum harbour theatre bakery castle station church bridge hospital stadium zoo beach"
    .split(separator: " ").map(String.init)
  static let names =
    "Gertrude Winona Jessica Emily Bernhard Lily Brian Greg Julius Mona Rufus Tilda Bruno Dora Edgar Flora"
    .split(separator: " ").map(String.init)
  static let allSpecies = [
    Species(one: "wolf", many: "wolves"), Species(one: "mouse", many: "mice"),
    Species(one: "cat", many: "cats"), Species(one: "sheep", many: "sheep"),
    Species(one: "lion", many: "lions"), Species(one: "swan", many: "swans"),
    Species(one: "frog", many: "frogs"), Species(one: "rhino", many: "rhinos"),
  ]

  /// Names for one world, others than those avoided while there are enough.
  init(avoiding avoided: Set<String>, _ random: inout SuiteRandom) {
    func take(_ all: [String], _ count: Int) -> [String] {
      Distinct.sample(all, count, avoiding: avoided, &random)
    }
    let people = take(Self.people, 6)
    actors = Array(people.prefix(4))
    travellers = Array(people.dropFirst(4))
    rooms = take(Self.allRooms, 6)
    objects = take(Self.allObjects, 5)
    sights = take(Self.allSights, 5)
    pets = take(Self.names, 4)
    let kinds = take(Self.allSpecies.map(\.one), 4)
    species = kinds.compactMap { kind in Self.allSpecies.first { $0.one == kind } }
  }
}

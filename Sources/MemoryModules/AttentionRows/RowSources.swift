/// The tokens that rows stand for, in order.
package struct RowSources: Sendable, Equatable {
  /// The tokens; -1 where they are not known (older files).
  package var tokens: [Int32] = []
  /// The journal's index of each, -1 where it has none.
  package var journal: [Int] = []
  /// How many tokens the memory had learned before each.
  package var places: [Int] = []
  /// Whether it was said in a conversation, not read in a document.
  package var isSpoken: [Bool] = []
  /// -log p of each under the plain model, nats; 0 where it is not known.
  package var surprisals: [Float] = []

  package init() {}

  package var count: Int { tokens.count }

  package mutating func append(_ other: RowSources) {
    tokens += other.tokens
    journal += other.journal
    places += other.places
    isSpoken += other.isSpoken
    surprisals += other.surprisals
  }

  package mutating func append(
    token: Int32, journal: Int, place: Int, isSpoken: Bool, surprisal: Float
  ) {
    tokens.append(token)
    self.journal.append(journal)
    places.append(place)
    self.isSpoken.append(isSpoken)
    surprisals.append(surprisal)
  }

  /// Some of them, in the order given.
  package func rows(_ kept: some Sequence<Int>) -> RowSources {
    var part = RowSources()
    for index in kept {
      part.append(
        token: tokens[index], journal: journal[index], place: places[index],
        isSpoken: isSpoken[index], surprisal: surprisals[index])
    }
    return part
  }

  package mutating func remap(_ newIndex: (Int) -> Int?) {
    journal = journal.map { $0 < 0 ? -1 : newIndex($0) ?? -1 }
  }
}

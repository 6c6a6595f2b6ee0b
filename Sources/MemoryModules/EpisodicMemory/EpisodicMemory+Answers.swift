import Memory
import Tokenization

/// Answers that were given with their facts are said word for word, and no further.
extension EpisodicMemory {
  /// The next token of a given answer, as long as the generated tokens agree with it, then the end of the turn.
  ///
  /// Places are counted, not looked up, so that an answer may repeat its tokens.
  ///
  /// - Parameter said: the tokens generated so far.
  /// - Returns: nil when something else was said, and behind the end of the turn.
  func reading(
    given: [Int32], of record: FactRecord, _ match: FactMatch, said: ArraySlice<Int32>
  ) -> Reading? {
    let features = FeatureVector<Feature>([
      .answering: 1, .scope: configuration.scope(match), .givenAnswer: 1,
    ])
    if said.count < given.count, given.starts(with: said) {
      let token = given[said.count]
      let place = record.count - given.count + said.count
      let journal = record.journal.indices.contains(place) ? Int(record.journal[place]) : -1
      return Reading(
        distribution: .sparse(tokens: [token], probabilities: [1]), features: features.values,
        votes: [.init(journal: journal, token: token, weight: 1)])
    }
    guard said.elementsEqual(given), let special = context.tokenizer?.special,
      let end = special.eot ?? special.eos
    else { return nil }
    let last = record.journal.last.map(Int.init) ?? -1
    return Reading(
      distribution: .sparse(tokens: [end], probabilities: [1]), features: features.values,
      votes: [.init(journal: last, token: end, weight: 1)])
  }
}

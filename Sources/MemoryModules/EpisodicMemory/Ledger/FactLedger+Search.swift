/// How well a fact fits some words.
package struct FactMatch: Sendable, Equatable {
  /// The fact.
  package let id: Int
  /// Share of what the fact's cues tell that the question says too, 0...1.
  package let cueCoverage: Float
  /// Share of what the question tells that the fact says too, 0...1.
  package let questionCoverage: Float
  /// What both say, nats.
  package let shared: Float
}

extension FactLedger {
  /// Words that occur in more facts than this select nothing.
  private static let commonLimit = 4096

  /// The facts that share telling words with some words, best first.
  ///
  /// - Parameters:
  ///   - words: of one sentence.
  ///   - limit: at most so many.
  ///   - ids: only these facts; nil for all.
  package func matches(
    _ words: ArraySlice<Word>, limit: Int, among ids: Set<Int>? = nil
  ) -> [FactMatch] {
    let unique = FactProfile.unique(words)
    let total = unique.reduce(Float(0)) { $0 + $1.weight }
    guard total > 0 else { return [] }
    // The telling half of the words selects candidates; all words count for the score.
    let heaviest = unique.reduce(Float(0)) { max($0, $1.weight) }
    var candidates = ids ?? []
    if ids == nil {
      for word in unique where word.weight >= 0.25 * heaviest {
        let places = facts(with: word.stem)
        if places.count <= Self.commonLimit { candidates.formUnion(places) }
      }
    }
    var found: [FactMatch] = []
    for id in candidates {
      guard let index = index(of: id) else { continue }
      let profile = profiles[index]
      var (cue, shared) = (Float(0), Float(0))
      for word in unique {
        if let weight = profile.cues[word.stem] { cue += weight }
        if profile.words[word.stem] != nil { shared += word.weight }
      }
      guard shared > 0 else { continue }
      found.append(
        FactMatch(
          id: id, cueCoverage: profile.cueWeight > 0 ? min(1, cue / profile.cueWeight) : 0,
          questionCoverage: shared / total, shared: shared))
    }
    // The newer one wins a tie.
    found.sort {
      ($0.cueCoverage * $0.questionCoverage, $0.id) > ($1.cueCoverage * $1.questionCoverage, $1.id)
    }
    return Array(found.prefix(limit))
  }
}

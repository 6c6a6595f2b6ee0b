/// How well a fact matches some words.
package struct FactMatch: Sendable, Equatable {
  /// The fact.
  package let id: Int
  /// Share of the fact's cues that the question contains, 0...1; words are weighted by the square of their information.
  package let cueCoverage: Float
  /// Share of the question's words that the fact contains, weighted alike, 0...1.
  package let questionCoverage: Float
  /// Information of the words that both contain, nats.
  package let shared: Float

  package init(id: Int, cueCoverage: Float, questionCoverage: Float, shared: Float) {
    self.id = id
    self.cueCoverage = cueCoverage
    self.questionCoverage = questionCoverage
    self.shared = shared
  }
}

extension FactLedger {
  /// Words that occur in more facts than this select nothing.
  private static let commonLimit = 4096

  /// The facts that share informative words with some words, best first.
  ///
  /// - Parameters:
  ///   - words: of one sentence.
  ///   - limit: the largest number of facts.
  ///   - ids: only these facts; nil for all.
  ///   - end: when given, only facts that hold, of those before this number.
  package func matches(
    _ words: ArraySlice<Word>, limit: Int, among ids: Set<Int>? = nil, holdingBefore end: Int? = nil
  ) -> [FactMatch] {
    let unique = FactProfile.unique(words)
    let total = unique.reduce(Float(0)) { $0 + $1.weight * $1.weight }
    guard total > 0 else { return [] }
    // The more informative words select candidates; all words count for the score.
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
      guard let index = index(of: id), end.map({ isCurrent(id, before: $0) }) ?? true else {
        continue
      }
      let profile = profiles[index]
      var (cue, said, shared) = (Float(0), Float(0), Float(0))
      for word in unique {
        if let weight = profile.cues[word.stem] { cue += weight * weight }
        if profile.words[word.stem] != nil {
          said += word.weight * word.weight
          shared += word.weight
        }
      }
      guard shared > 0 else { continue }
      found.append(
        FactMatch(
          id: id, cueCoverage: profile.cueSquares > 0 ? min(1, cue / profile.cueSquares) : 0,
          questionCoverage: said / total, shared: shared))
    }
    // The newer one wins a tie.
    found.sort {
      ($0.cueCoverage * $0.questionCoverage, $0.id) > ($1.cueCoverage * $1.questionCoverage, $1.id)
    }
    return Array(found.prefix(limit))
  }
}

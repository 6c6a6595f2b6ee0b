import Memory

/// The facts that fit a question about equally well, put in order by the host model itself.
extension EpisodicMemory {
  /// How many of the best facts are read with the question,
  private static let reach = 4
  /// and how far behind the best they may be, nats.
  private static let reachNats: Float = 5

  /// Candidates with the first few put in order by how likely the question is after each of them.
  ///
  /// The best one keeps the best score, and the others fall behind it, so that those that were not read keep their place.
  ///
  /// - Parameters:
  ///   - candidates: best first.
  ///   - sentence: the question.
  func weighed(_ candidates: [Candidate], for sentence: String) -> [Candidate] {
    guard let questionLikelihood, let top = candidates.first?.score else { return candidates }
    let weight = configuration.textScope.likelihoodWeight
    let rivals = candidates.prefix(Self.reach).prefix { $0.score >= top - Self.reachNats }.count
    guard rivals > 1 else { return candidates }
    var weighed = candidates
    for place in 0..<rivals {
      let told = told(ofIndex: candidates[place].index)
      guard let nats = questionLikelihood.nats(of: sentence, after: told) else {
        return candidates
      }
      weighed[place].score += weight * nats
    }
    let shift = top - (weighed.prefix(rivals).map(\.score).max() ?? top)
    for place in 0..<rivals {
      weighed[place].score += shift
      weighed[place].likelihood = weighed[place].score - candidates[place].score
    }
    return Self.inOrder(weighed)
  }
}

extension SuiteOptions {
  /// The seed of the wrong-memory arm's episodes.
  package var decoySeed: UInt64 { seed &+ 0x9e37_79b9_7f4a_7c15 }

  /// The number of episodes of a condition, clamped.
  func count(_ standard: Int) -> Int {
    min(max(1, episodes ?? standard), 10_000)
  }

  /// The requested lengths, clamped, or the suite's own.
  func lengths(_ standard: [Int]) -> [Int] {
    guard let lengths, !lengths.isEmpty else { return standard }
    return lengths.prefix(64).map { min(max(1, $0), 1 << 22) }
  }

  /// Tokens of several texts.
  func count(_ tellings: [Telling]) -> Int {
    tellings.reduce(0) { $0 + countTokens($1.text) }
  }
}

extension SuitePlan {
  /// Episodes and their decoys: the same generator with another seed, which avoids the answers of the episode that it
  /// replaces.
  ///
  /// - Parameter meanLengths: whether questions of a kind are given the mean of their lengths, where episodes of a kind are meant to
  ///   be equally long but differ by some tokens.
  static func generated(
    _ count: Int, _ options: SuiteOptions, meanLengths: Bool = false,
    _ make: (_ index: Int, _ seed: UInt64, _ avoided: Set<String>) -> Episode
  ) -> SuitePlan {
    var episodes: [Episode] = []
    var decoys: [Episode] = []
    for index in 0..<count {
      let episode = make(index, options.seed, [])
      let answers = Set(episode.questions.flatMap { $0.answers + $0.wrong })
      episodes.append(episode)
      decoys.append(make(index, options.decoySeed, answers))
    }
    guard meanLengths else { return .episodes(episodes, decoys: decoys) }
    return .episodes(episodes.withMeanLengths(), decoys: decoys.withMeanLengths())
  }
}

extension [Episode] {
  /// The same episodes, the length of every question the mean of its kind.
  fileprivate func withMeanLengths() -> [Episode] {
    var sums: [String: (total: Int, count: Int)] = [:]
    for question in flatMap(\.questions) {
      guard let length = question.length else { continue }
      let sum = sums[question.kind ?? "", default: (0, 0)]
      sums[question.kind ?? ""] = (sum.total + length, sum.count + 1)
    }
    return map { episode in
      var episode = episode
      for place in episode.questions.indices where episode.questions[place].length != nil {
        if let sum = sums[episode.questions[place].kind ?? ""] {
          episode.questions[place].length = sum.total / sum.count
        }
      }
      return episode
    }
  }
}

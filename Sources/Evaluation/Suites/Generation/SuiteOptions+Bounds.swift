extension SuiteOptions {
  /// The seed of what the wrong-memory arm is told.
  var decoySeed: UInt64 { seed &+ 0x9e37_79b9_7f4a_7c15 }

  /// How many episodes a condition has, within reason.
  func count(_ standard: Int) -> Int {
    min(max(1, episodes ?? standard), 10_000)
  }

  /// The lengths asked for, within reason, or the suite's own.
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
  /// Episodes and their decoys: the same generator with another seed, which avoids the answers of the episode it stands in for.
  static func generated(
    _ count: Int, _ options: SuiteOptions,
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
    return .episodes(episodes, decoys: decoys)
  }
}

/// What a policy knows of one thing that is kept.
package struct RetentionRecord: Sendable, Equatable {
  /// Arrivals before it.
  package var birth = 0
  /// Arrivals before the last one that was about it.
  package var lastUse = 0
  /// Its matches with all that arrived since, added up.
  package var uses: Float = 0
  /// The same, each counting nine tenths as much as the next (LEMN's v).
  package var recentUse: Float = 0
  /// Its match with the last that arrived, 0 to 1.
  package var match: Float = 0
  /// Attention that it received, relative to what its tokens would get if all got the same.
  package var mass: Float = 0
  /// The mean surprisal of its tokens, in standard deviations of the stream above its mean.
  package var surprise: Float = 0
  /// The largest, likewise.
  package var peak: Float = 0
  /// The share of its tokens that begin with a capital letter or a digit.
  package var names: Float = 0
  /// How little of it was in what was kept when it arrived, 0 to 1.
  package var novelty: Float = 0
  /// Its tokens.
  package var tokens = 0
  /// Whether it was said in a conversation.
  package var isSpoken = false
  /// The state of the agent's recurrent network for it; empty for policies without one.
  package var history: [Float] = []

  package init() {}
}

extension RetentionRecord {
  /// The number of features.
  package static let featureCount = 12

  /// What an agent looks at, every value of the order of one.
  ///
  /// - Parameters:
  ///   - clock: arrivals so far.
  ///   - slots: how many things are kept.
  package func features(clock: Int, slots: Int) -> [Float] {
    let span = Float(max(1, slots))
    return [
      surprise, peak / 3, names, Float(max(1, tokens)).logarithm / 5, novelty,
      min(4, Float(clock - birth) / span), min(4, Float(clock - lastUse) / span),
      (1 + uses).logarithm, recentUse, match, isSpoken ? 1 : 0, mass.magnitude.squareRoot(),
    ]
  }
}

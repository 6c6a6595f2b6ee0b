package import Memory

/// What is known of the things that a memory keeps, in the order in which they arrived, for a policy that chooses what goes.
package struct Retention: Sendable, Equatable {
  /// A thing was meant by an arrival that shares at least this much with it.
  private static let use: Float = 0.15
  /// Tokens whose surprisal the mean and the spread of the stream are of.
  private static let window: Float = 4096

  package private(set) var records: [RetentionRecord] = []
  /// Arrivals so far.
  package private(set) var clock = 0
  /// Mean and variance of the stream's surprisal, nats, and how many tokens they are of. As if a few usual ones had come before.
  private(set) var mean: Float = 3.5
  private(set) var variance: Float = 9
  private(set) var observed: Float = 32

  package init() {}

  init(
    records: [RetentionRecord], clock: Int, mean: Float, variance: Float, observed: Float
  ) {
    self.records = records
    self.clock = clock
    self.mean = mean
    self.variance = variance
    self.observed = observed
  }

  /// Notes something new.
  ///
  /// - Parameters:
  ///   - match: how much of it is about each thing that is kept.
  ///   - names: the share of its tokens that are names or numbers.
  ///   - masses: the attention that each thing and, last, the new one receive from it, relative to an even share; nil where it is
  ///     not measured.
  package mutating func add(
    _ arrival: RetentionArrival, match: RetentionMatch, names: Float, masses: [Float]? = nil,
    agent: RetentionAgent
  ) {
    precondition(match.shares.count == records.count, "one share for each thing that is kept")
    clock += 1
    let best = match.shares.max() ?? 0
    for (index, share) in match.shares.enumerated() {
      records[index].match = share
      records[index].uses += share
      records[index].recentUse = 0.9 * records[index].recentUse + 0.1 * share
      if share >= Self.use, share >= best / 2 { records[index].lastUse = clock }
      if let masses { records[index].mass += masses[index] }
    }
    var record = RetentionRecord()
    (record.birth, record.lastUse) = (clock, clock)
    record.tokens = arrival.tokens.count
    record.isSpoken = arrival.isSpoken
    record.names = names
    record.novelty = 1 - best
    record.mass = masses?.last ?? 0
    let spread = max(variance, 1e-3).squareRoot()
    let count = Float(max(1, arrival.surprisals.count))
    record.surprise = (arrival.surprisals.reduce(0, +) / count - mean) / spread
    record.peak = ((arrival.surprisals.max() ?? mean) - mean) / spread
    for surprisal in arrival.surprisals { observe(surprisal) }
    records.append(record)
    agent.remember(&records, clock: clock)
  }

  private mutating func observe(_ surprisal: Float) {
    observed = min(Self.window, observed + 1)
    let difference = surprisal - mean
    mean += difference / observed
    variance += (difference * (surprisal - mean) - variance) / observed
  }

  /// Takes out what is no longer kept.
  package mutating func remove(_ isGone: (Int) -> Bool) {
    records = records.indices.filter { !isGone($0) }.map { records[$0] }
  }
}

/// Chooses what goes.
package struct RetentionAgent: Sendable {
  package let policy: RetentionPolicy
  private let network: RetentionNetwork?

  /// - Parameter tensors: the weights of a learned policy; those that come with the program where there are none.
  /// - Throws: `MemoryError.malformed` for weights of another shape.
  package init(
    _ policy: RetentionPolicy, tensors: [String: ParameterTensor] = [:]
  ) throws(MemoryError) {
    self.policy = policy
    network = policy.isLearned ? try RetentionNetwork(policy, tensors: tensors) : nil
  }

  /// Values of the state that it keeps for each thing.
  var historyCount: Int { network?.historyCount ?? 0 }

  /// Brings the histories of all things up to date.
  func remember(_ records: inout [RetentionRecord], clock: Int) {
    guard historyCount > 0 else { return }
    for index in records.indices {
      records[index].history = history(
        records[index].features(clock: clock, slots: records.count),
        after: records[index].history)
    }
  }

  /// What goes next: any but the newest, which has just arrived; nil where nothing else is kept.
  ///
  /// - Parameter isCandidate: which may go.
  package func victim(
    _ retention: Retention, among isCandidate: (Int) -> Bool = { _ in true }
  ) -> Int? {
    guard retention.records.count > 1 else { return nil }
    return scores(retention).dropLast().enumerated().filter { isCandidate($0.offset) }
      // The oldest of equals.
      .min { ($0.element, $0.offset) < ($1.element, $1.offset) }?.offset
  }

  /// How much each thing is worth keeping, in the unit of the policy.
  package func scores(_ retention: Retention) -> [Float] {
    let (records, clock) = (retention.records, retention.clock)
    switch policy {
    case .fifo: return records.map { Float($0.birth) }
    case .lru: return records.map { Float($0.lastUse) }
    case .lfu: return records.map(\.uses)
    case .random: return records.map { Self.draw($0.birth, at: clock) }
    case .attention:
      return records.map { $0.mass / Float(clock - $0.birth + 1) }
    case .surprise: return records.map(\.surprise)
    case .inputMatching, .spatial, .spatioTemporal:
      return scores(
        records.map { $0.features(clock: clock, slots: records.count) },
        histories: records.map(\.history))
    }
  }

  /// The scores of a learned policy for some features, [slots, features].
  package func scores(_ features: [[Float]], histories: [[Float]]) -> [Float] {
    network?.scores(features, histories: histories) ?? features.map { _ in 0 }
  }

  /// A thing's history after one more arrival; empty for policies without.
  package func history(_ features: [Float], after state: [Float]) -> [Float] {
    network?.history(features, after: state) ?? []
  }

  /// The same number for the same thing at the same time (SplitMix64's mixing), 0 to 1.
  private static func draw(_ birth: Int, at clock: Int) -> Float {
    var z = UInt64(truncatingIfNeeded: birth) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ UInt64(truncatingIfNeeded: clock)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Float((z ^ (z >> 31)) >> 40) * 0x1p-24
  }
}

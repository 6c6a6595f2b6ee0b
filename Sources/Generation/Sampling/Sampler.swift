import Foundation

/// Chooses tokens from logits.
///
/// The same configuration with the same seed, given the same logits, chooses the same tokens. Logits that are not a
/// number count as impossible ones. The vocabulary is never sorted as a whole: the k best are selected with a heap, and
/// without top-k only the candidates that top-p keeps are drawn from the heap.
public struct Sampler: Sendable {
  /// How tokens are chosen.
  public let configuration: SamplingConfiguration
  private var random: Xoshiro256
  private var candidates: [Candidate] = []

  /// Starts a sampler at the begin of its sequence of random numbers.
  public init(_ configuration: SamplingConfiguration) {
    self.configuration = configuration
    random = Xoshiro256(seed: configuration.seed ?? UInt64.random(in: .min ... .max))
  }

  /// A token that may still be chosen.
  struct Candidate: Comparable {
    let id: Int32
    let logit: Float

    /// More likely ones come first; of equals, the lower id.
    static func < (first: Candidate, second: Candidate) -> Bool {
      first.logit != second.logit ? first.logit > second.logit : first.id < second.id
    }
  }

  /// Chooses one token.
  ///
  /// - Parameters:
  ///   - logits: one row, [vocabulary].
  ///   - recent: the tokens so far, the latest last; only the repetition penalty looks at them.
  /// - Returns: an id within the row; 0 for an empty row.
  public mutating func sample(_ logits: UnsafeBufferPointer<Float>, recent: [Int32]) -> Int32 {
    collect(logits)
    penalize(recent)
    guard configuration.temperature > 0 else { return candidates.min()?.id ?? 0 }
    let kept = truncated()
    return draw(kept)
  }

  // MARK: - Steps

  private mutating func collect(_ logits: UnsafeBufferPointer<Float>) {
    candidates.removeAll(keepingCapacity: true)
    candidates.reserveCapacity(logits.count)
    for (id, logit) in logits.enumerated() {
      let finite =
        logit.isNaN
        ? -Float.infinity : min(logit, Float.greatestFiniteMagnitude)
      candidates.append(Candidate(id: Int32(truncatingIfNeeded: id), logit: finite))
    }
  }

  private mutating func penalize(_ recent: [Int32]) {
    let penalty = configuration.repeatPenalty
    guard penalty != 1, penalty > 0, penalty.isFinite, configuration.repeatLastN != 0 else {
      return
    }
    let window =
      configuration.repeatLastN < 0 ? recent[...] : recent.suffix(configuration.repeatLastN)
    for id in Set(window) where candidates.indices.contains(Int(id)) {
      let logit = candidates[Int(id)].logit
      candidates[Int(id)] = Candidate(
        id: id, logit: logit > 0 ? logit / penalty : logit * penalty)
    }
  }

  /// The candidates that top-k, top-p and min-p leave, the most likely first.
  private mutating func truncated() -> [Candidate] {
    let limit =
      configuration.topK > 0 ? min(configuration.topK, candidates.count) : candidates.count
    var pool: BinaryHeap<Candidate>
    if limit < candidates.count {
      pool = BinaryHeap(Self.best(limit, of: candidates))
    } else {
      pool = BinaryHeap(candidates)
    }
    guard let best = pool.first, best.logit > -.infinity else { return Array(candidates.prefix(1)) }
    let total = pool.elements.reduce(0.0) { $0 + Self.weight($1, best, temperature: 1) }
    let enough = configuration.topP < 1 ? Double(max(0, configuration.topP)) * total : .infinity
    let least = configuration.minP > 0 ? Double(min(1, configuration.minP)) : 0
    var kept: [Candidate] = []
    var sum = 0.0
    while sum < enough || kept.isEmpty, let next = pool.popFirst() {
      let weight = Self.weight(next, best, temperature: 1)
      guard kept.isEmpty || weight >= least && weight > 0 else { break }
      kept.append(next)
      sum += weight
    }
    return kept
  }

  private mutating func draw(_ kept: [Candidate]) -> Int32 {
    guard let best = kept.first else { return 0 }
    let temperature = Double(configuration.temperature)
    let weights = kept.map { Self.weight($0, best, temperature: temperature) }
    var rest = random.unit() * weights.reduce(0, +)
    for (candidate, weight) in zip(kept, weights) {
      rest -= weight
      if rest < 0 { return candidate.id }
    }
    return best.id
  }

  /// The probability relative to that of the most likely candidate.
  private static func weight(
    _ candidate: Candidate, _ best: Candidate, temperature: Double
  ) -> Double {
    exp((Double(candidate.logit) - Double(best.logit)) / temperature)
  }

  /// The `count` most likely candidates, in no particular order.
  private static func best(_ count: Int, of candidates: [Candidate]) -> [Candidate] {
    // The heap keeps its worst element first, so that a better candidate replaces it.
    var heap = BinaryHeap(candidates.prefix(count).map(Reversed.init))
    for candidate in candidates.dropFirst(count) {
      if let worst = heap.first, candidate < worst.value {
        heap.replaceFirst(Reversed(value: candidate))
      }
    }
    return heap.elements.map(\.value)
  }

  private struct Reversed: Comparable {
    let value: Candidate
    static func < (first: Reversed, second: Reversed) -> Bool { second.value < first.value }
  }
}

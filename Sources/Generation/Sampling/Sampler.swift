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
    guard configuration.penalizesRepetition else { return choose(from: logits) }
    var penalized = Array(logits)
    penalize(&penalized, recent)
    return penalized.withUnsafeBufferPointer { choose(from: $0) }
  }

  private mutating func choose(from logits: UnsafeBufferPointer<Float>) -> Int32 {
    configuration.temperature > 0 ? draw(truncated(logits)) : Self.best(of: logits)
  }

  // MARK: - Steps

  /// A logit as a number that can be compared: what is none, as an impossible one.
  private static func finite(_ logit: Float) -> Float {
    logit.isNaN ? -.infinity : min(logit, .greatestFiniteMagnitude)
  }

  private func penalize(_ logits: inout [Float], _ recent: [Int32]) {
    let penalty = configuration.repeatPenalty
    let window =
      configuration.repeatLastN < 0 ? recent[...] : recent.suffix(configuration.repeatLastN)
    for id in Set(window) where logits.indices.contains(Int(id)) {
      let logit = Self.finite(logits[Int(id)])
      logits[Int(id)] = logit > 0 ? logit / penalty : logit * penalty
    }
  }

  /// The most likely token.
  private static func best(of logits: UnsafeBufferPointer<Float>) -> Int32 {
    var best = (id: 0, logit: -Float.infinity)
    for id in logits.indices where finite(logits[id]) > best.logit {
      best = (id, finite(logits[id]))
    }
    return Int32(truncatingIfNeeded: best.id)
  }

  /// The candidates that top-k, top-p and min-p leave, the most likely first.
  private func truncated(_ logits: UnsafeBufferPointer<Float>) -> [Candidate] {
    let limit = configuration.topK > 0 ? min(configuration.topK, logits.count) : logits.count
    var pool = Self.best(limit, of: logits)
    guard let best = pool.first, best.logit > -.infinity else {
      return logits.isEmpty ? [] : [Candidate(id: 0, logit: -.infinity)]
    }
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

  /// The `count` most likely candidates.
  private static func best(
    _ count: Int, of logits: UnsafeBufferPointer<Float>
  ) -> BinaryHeap<Candidate> {
    func candidate(_ id: Int) -> Candidate {
      Candidate(id: Int32(truncatingIfNeeded: id), logit: finite(logits[id]))
    }
    guard count < logits.count else { return BinaryHeap(logits.indices.map(candidate)) }
    // The heap keeps its worst element first, so that a better candidate replaces it.
    var heap = BinaryHeap((0..<count).map { Reversed(value: candidate($0)) })
    for id in logits.indices.dropFirst(count) {
      // Of equals the first stays.
      if let worst = heap.first, logits[id] > worst.value.logit, candidate(id) < worst.value {
        heap.replaceFirst(Reversed(value: candidate(id)))
      }
    }
    return BinaryHeap(heap.elements.map(\.value))
  }

  private struct Reversed: Comparable {
    let value: Candidate
    static func < (first: Reversed, second: Reversed) -> Bool { second.value < first.value }
  }
}

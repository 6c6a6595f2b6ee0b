public import Memory
import Tensors

/// How a stream is cut into episodes.
public enum Segmentation: String, ConfigurationChoice {
  /// Pieces of the largest length (InfLLM, arXiv 2402.04617).
  case fixed
  /// Where a token surprises: -log p above mean + gamma standard deviations of those before it.
  case surprise
  /// So, and each border moved to where the parts hang together best (EM-LLM, arXiv 2407.09450).
  case refined
}

/// The options of memories whose stream is cut into episodes.
protocol EpisodeConfiguration {
  var segmentation: Segmentation { get }
  /// Standard deviations above the mean surprisal at which an episode begins.
  var gamma: Float { get }
  /// Tokens of the shortest and of the longest episode.
  var shortest: Int { get }
  var longest: Int { get }
}

/// Cuts a stream of tokens into episodes (EM-LLM, arXiv 2407.09450, sections 3.1 and 3.2).
package struct EventSegmenter {
  let segmentation: Segmentation
  /// Standard deviations above the mean at which a token begins an episode.
  let gamma: Float
  /// Tokens of an episode.
  let length: ClosedRange<Int>

  package init(segmentation: Segmentation, gamma: Float, length: ClosedRange<Int>) {
    self.segmentation = segmentation
    self.gamma = gamma
    self.length = length
  }

  init(_ configuration: some EpisodeConfiguration) {
    self.init(
      segmentation: configuration.segmentation, gamma: configuration.gamma,
      length: configuration.shortest...configuration.longest)
  }

  /// The episodes of some plain rows.
  func episodes(of rows: RowBank, _ context: ModuleContext) -> [Range<Int>] {
    let starts = starts(surprisals: rows.sources.surprisals) {
      RowAttention(context).similarity(rows)
    }
    return zip(starts, starts.dropFirst() + [rows.count]).map { $0..<$1 }
  }

  /// Surprisals before a token that it is compared with.
  private static let window = 256

  /// The first token of each episode; the first is 0.
  ///
  /// - Parameters:
  ///   - surprisals: nats, one for each token.
  ///   - similarity: how much tokens are alike, [tokens, tokens]; asked for where borders are refined.
  package func starts(surprisals: [Float], similarity: () -> [Float]) -> [Int] {
    let count = surprisals.count
    guard count > 0 else { return [] }
    var starts =
      segmentation == .fixed ? [0] : [0] + (1..<count).filter { isSurprising($0, surprisals) }
    if segmentation == .refined, starts.count > 1 {
      starts = refined(starts, count: count, similarity: similarity())
    }
    return fitted(starts, count: count)
  }

  private func isSurprising(_ index: Int, _ surprisals: [Float]) -> Bool {
    let past = surprisals[max(0, index - Self.window)..<index]
    guard past.count >= 2 else { return false }
    let mean = past.reduce(0, +) / Float(past.count)
    let variance = past.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(past.count)
    return surprisals[index] > mean + gamma * variance.squareRoot()
  }

  /// Each border where the modularity of the two episodes that it parts is largest:
  /// Q = (1/4m) sum (A_ij - k_i k_j / 2m) over the pairs of each.
  private func refined(_ starts: [Int], count: Int, similarity: [Float]) -> [Int] {
    var borders = starts
    for index in 1..<borders.count {
      let first = borders[index - 1]
      let end = index + 1 < borders.count ? borders[index + 1] : count
      guard end - first > 2 else { continue }
      borders[index] = best(in: first..<end, count: count, similarity: similarity)
    }
    return borders
  }

  private func best(in range: Range<Int>, count: Int, similarity: [Float]) -> Int {
    let size = range.count
    func pair(_ i: Int, _ j: Int) -> Float {
      similarity[(range.lowerBound + i) * count + range.lowerBound + j]
    }
    let degrees = (0..<size).map { i in (0..<size).reduce(Float(0)) { $0 + pair(i, $1) } }
    let total = degrees.reduce(0, +)
    guard total > 0 else { return range.lowerBound + size / 2 }
    func gain(_ i: Int, _ j: Int) -> Float { pair(i, j) - degrees[i] * degrees[j] / total }
    // What the second part loses and the first gains when one token after the other changes sides.
    var inside: Float = 0
    for i in 0..<size { for j in 0..<size { inside += gain(i, j) } }
    var (best, place) = (-Float.infinity, 1)
    for cut in 1..<size {
      let moved = cut - 1
      // The first part gains the pairs with its own, the second loses those with its own.
      inside += 2 * (0..<moved).reduce(0) { $0 + gain(moved, $1) }
      inside -= 2 * (cut..<size).reduce(0) { $0 + gain(moved, $1) }
      if inside > best { (best, place) = (inside, cut) }
    }
    return range.lowerBound + place
  }

  /// Episodes that are too short join the one before, those that are too long are cut into equal parts.
  private func fitted(_ starts: [Int], count: Int) -> [Int] {
    var joined: [Int] = []
    for start in starts {
      if let last = joined.last, start - last < length.lowerBound { continue }
      joined.append(start)
    }
    if let last = joined.last, joined.count > 1, count - last < length.lowerBound {
      joined.removeLast()
    }
    var result: [Int] = []
    for (index, start) in joined.enumerated() {
      let end = index + 1 < joined.count ? joined[index + 1] : count
      let parts = (end - start + length.upperBound - 1) / length.upperBound
      result += (0..<parts).map { start + (end - start) * $0 / parts }
    }
    return result
  }
}

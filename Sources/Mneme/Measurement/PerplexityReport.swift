import Foundation

/// The results of measuring a text.
public struct PerplexityReport: Sendable, Equatable {
  /// Surprisal of a stretch of the text.
  public struct Bucket: Sendable, Equatable, Codable {
    /// Position of its first token in the text.
    public var from: Int
    /// Position after its last token.
    public var to: Int
    /// Mean nats per token.
    public var nll: Double
  }

  /// One window, the unit of a paired comparison.
  public struct Window: Sendable, Equatable, Codable {
    /// Position of its first scored token in the text.
    public var from: Int
    /// Tokens scored.
    public var tokens: Int
    /// Mean nats per token.
    public var nll: Double
  }

  /// Tokens scored.
  public private(set) var tokens = 0
  /// The windows, in order.
  public private(set) var windows: [Window] = []
  private let bucketSize: Int
  private var sum = 0.0
  private var bucketSums: [Int: (sum: Double, count: Int, from: Int, to: Int)] = [:]

  /// An empty report.
  init(bucketSize: Int) {
    self.bucketSize = bucketSize
  }

  /// Mean nats per token.
  public var nll: Double { tokens > 0 ? sum / Double(tokens) : 0 }

  /// exp(nll).
  public var perplexity: Double { exp(nll) }

  /// Mean nats per stretch of `bucketSize` positions, in order.
  public var buckets: [Bucket] {
    bucketSums.sorted { $0.key < $1.key }.map { _, entry in
      Bucket(from: entry.from, to: entry.to, nll: entry.sum / Double(entry.count))
    }
  }

  /// Adds the surprisals of one window, whose first scored token is at `position`.
  mutating func add(_ surprisals: [Double], from position: Int) {
    guard !surprisals.isEmpty else { return }
    var windowSum = 0.0
    for (offset, value) in surprisals.enumerated() {
      windowSum += value
      let place = position + offset
      let index = place / bucketSize
      var bucket = bucketSums[index] ?? (0, 0, place, place)
      bucket.sum += value
      bucket.count += 1
      bucket.to = place + 1
      bucketSums[index] = bucket
    }
    sum += windowSum
    tokens += surprisals.count
    windows.append(
      Window(
        from: position, tokens: surprisals.count, nll: windowSum / Double(surprisals.count)))
  }

  /// Equal when all figures are.
  public static func == (a: PerplexityReport, b: PerplexityReport) -> Bool {
    a.tokens == b.tokens && a.sum == b.sum && a.windows == b.windows && a.buckets == b.buckets
  }
}

extension PerplexityReport: Encodable {
  private enum CodingKeys: String, CodingKey {
    case tokens, nll, perplexity, buckets
  }

  /// Writes `tokens`, `nll`, `perplexity` and `buckets`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(tokens, forKey: .tokens)
    try container.encode(nll, forKey: .nll)
    try container.encode(perplexity, forKey: .perplexity)
    try container.encode(buckets, forKey: .buckets)
  }
}

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
  private let window: Int
  private var sum = 0.0
  private var bucketSums: [Int: (sum: Double, count: Int, from: Int, to: Int)] = [:]
  /// Into how many parts windows are cut.
  private static let parts = 8
  private var placeSums = [(sum: Double, count: Int)](
    repeating: (0, 0), count: PerplexityReport.parts)

  /// An empty report.
  ///
  /// - Parameter window: tokens of a window.
  init(bucketSize: Int, window: Int) {
    self.bucketSize = bucketSize
    self.window = max(1, window)
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

  /// Mean nats per eighth of a window, all windows together: how much it costs to have little before oneself. `from` and `to`
  /// are places in the window.
  public var places: [Bucket] {
    placeSums.enumerated().filter { $0.element.count > 0 }.map { index, entry in
      Bucket(
        from: (index * window + Self.parts - 1) / Self.parts,
        to: ((index + 1) * window + Self.parts - 1) / Self.parts,
        nll: entry.sum / Double(entry.count))
    }
  }

  /// Adds the surprisals of one window, whose first scored token is at `position` of the text and `place` of the window.
  mutating func add(_ surprisals: [Double], from position: Int, place first: Int) {
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
      let part = min(Self.parts - 1, (first + offset) * Self.parts / window)
      placeSums[part].sum += value
      placeSums[part].count += 1
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
      && a.places == b.places
  }
}

extension PerplexityReport: Encodable {
  private enum CodingKeys: String, CodingKey {
    case tokens, nll, perplexity, buckets, places
  }

  /// Writes `tokens`, `nll`, `perplexity`, `buckets` and `places`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(tokens, forKey: .tokens)
    try container.encode(nll, forKey: .nll)
    try container.encode(perplexity, forKey: .perplexity)
    try container.encode(buckets, forKey: .buckets)
    try container.encode(places, forKey: .places)
  }
}

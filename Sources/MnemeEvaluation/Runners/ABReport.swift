import Foundation

/// The results of the arms of an A/B comparison, and their differences.
public struct ABReport: Sendable, Equatable {
  /// One arm's result on one item.
  public struct Outcome: Sendable, Equatable, Codable {
    /// The generated text; `nil` when a text was only scored.
    public var text: String?
    /// 1 or 0; `nil` when nothing was generated.
    public var exactMatch: Double?
    /// 1 or 0; `nil` when nothing was generated.
    public var contains: Double?
    /// Overlap of words, 0 to 1; `nil` when nothing was generated.
    public var f1: Double?
    /// 1 or 0; `nil` when there is no wrong answer to compare with.
    public var success: Double?
    /// 1 or 0; `nil` when there is no wrong answer to find.
    public var leak: Double?
    /// 1 or 0; `nil` unless the suite asks what memory cites.
    public var cited: Double?
    /// 1 or 0; `nil` unless the suite asks what is found first, and the arm searches.
    public var found: Double?
    /// 1 or 0; `nil` unless the question concerns nothing told.
    public var unchanged: Double?
    /// 1 or 0; `nil` unless the item is a check.
    public var passed: Double?
    /// Mean nats per token of the answer, or of the window.
    public var nll: Double?
    /// Tokens that `nll` is the mean of.
    public var tokens: Int
    /// Nats of each token of the first answer, in order.
    public var tokenNLL: [Double]?
    /// Tokens of told text in the context before the question.
    public var contextTokens: Int?

    private enum CodingKeys: String, CodingKey {
      case text, contains, f1, success, leak, cited, found, unchanged, passed, nll, tokens
      case exactMatch = "exact_match"
      case tokenNLL = "token_nll"
      case contextTokens = "context_tokens"
    }

    /// An outcome from its parts.
    public init(
      text: String? = nil, exactMatch: Double? = nil, contains: Double? = nil, nll: Double? = nil,
      tokens: Int = 0
    ) {
      self.text = text
      self.exactMatch = exactMatch
      self.contains = contains
      self.nll = nll
      self.tokens = tokens
    }

    /// The value of a metric on this item; perplexity is no figure of a single item.
    public subscript(metric: Metric) -> Double? {
      switch metric {
      case .exactMatch: exactMatch
      case .contains: contains
      case .f1: f1
      case .success: success
      case .leak: leak
      case .cited: cited
      case .found: found
      case .unchanged: unchanged
      case .passed: passed
      case .nll: nll
      case .perplexity: nil
      }
    }
  }

  /// One item and each arm's result on it.
  public struct Item: Sendable, Equatable, Codable {
    /// The prompt; `nil` for a window of a text.
    public var prompt: String?
    /// The accepted answers.
    public var answers: [String]?
    /// The item's label.
    public var kind: String?
    /// The episode it belongs to.
    public var episode: String?
    /// The relative position of the answer in the told text, 0 (first) to 1 (last).
    public var depth: Double?
    /// Tokens that were told, nominally.
    public var length: Int?
    /// The tokens of the first answer as text.
    public var answerPieces: [String]?
    /// By arm.
    public var arms: [String: Outcome]

    /// An item from its parts.
    public init(
      prompt: String?, answers: [String]?, kind: String?, arms: [String: Outcome]
    ) {
      self.prompt = prompt
      self.answers = answers
      self.kind = kind
      self.arms = arms
    }

    private enum CodingKeys: String, CodingKey {
      case prompt, answers, kind, episode, depth, length, arms
      case answerPieces = "answer_pieces"
    }
  }

  /// Names of the arms, in the order they are shown; the first is the one with memory.
  public var arms: [String]
  /// The metrics that were measured.
  public var metrics: [Metric]
  /// Every item.
  public var items: [Item]
  /// The method for intervals.
  public var bootstrap: Bootstrap

  /// A report from its parts.
  public init(
    arms: [String], metrics: [Metric], items: [Item], bootstrap: Bootstrap = Bootstrap()
  ) {
    self.arms = arms
    self.metrics = metrics
    self.items = items
    self.bootstrap = bootstrap
  }

  /// Mean of a metric over the items of an arm.
  ///
  /// `nll` of prompts is the mean of the items' means, so that each item counts once; of a text, and
  /// for `perplexity`, every token counts once.
  public func mean(_ metric: Metric, arm: String) -> Double? {
    if metric == .perplexity || isText && metric == .nll {
      let pairs = items.compactMap { item -> (Double, Double)? in
        guard let outcome = item.arms[arm], let nll = outcome.nll else { return nil }
        return (nll * Double(outcome.tokens), Double(outcome.tokens))
      }
      let tokens = pairs.reduce(0) { $0 + $1.1 }
      guard tokens > 0 else { return nil }
      let nll = pairs.reduce(0) { $0 + $1.0 } / tokens
      return metric == .perplexity ? exp(nll) : nll
    }
    let values = items.compactMap { $0.arms[arm]?[metric] }
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  /// An arm, the first one unless named, minus another one, item by item; items of one episode are one unit.
  public func difference(
    _ metric: Metric, of named: String? = nil, against arm: String
  ) -> PairedDifference? {
    guard let first = named ?? arms.first else { return nil }
    return PairedDifference(
      arm: items.map { $0.arms[first]?[metric] }, baseline: items.map { $0.arms[arm]?[metric] },
      direction: metric.direction, bootstrap: bootstrap, clusters: items.map(\.episode))
  }

  private var isText: Bool { items.allSatisfy { $0.prompt == nil } }

  private var isEpisodic: Bool { items.contains { $0.episode != nil } }
}

extension ABReport: Encodable {
  private enum CodingKeys: String, CodingKey {
    case arms, items, delta, controls, results, interval
  }

  /// Writes `arms`, `items` (a count), `delta` (against the detached arm), `controls` (against each
  /// further arm), `results` (every item) and how the `interval` was made.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    var table: [String: [String: Double]] = [:]
    for arm in arms {
      var row: [String: Double] = [:]
      for metric in metrics { row[metric.rawValue] = mean(metric, arm: arm) }
      table[arm] = row
    }
    try container.encode(table, forKey: .arms)
    try container.encode(items.count, forKey: .items)
    var differences: [String: [String: PairedDifference]] = [:]
    for arm in arms.dropFirst() {
      var row: [String: PairedDifference] = [:]
      for metric in metrics { row[metric.rawValue] = difference(metric, against: arm) }
      differences[arm] = row
    }
    try container.encode(differences[Self.detached] ?? [:], forKey: .delta)
    differences[Self.detached] = nil
    if !differences.isEmpty { try container.encode(differences, forKey: .controls) }
    try container.encode(items, forKey: .results)
    try container.encode(
      "BCa bootstrap over \(isEpisodic ? "episodes" : "items"), \(bootstrap.resamples) resamples, seed \(bootstrap.seed)",
      forKey: .interval)
  }

  /// Name of the arm with the memory under test.
  public static let attached = "attached"
  /// Name of the arm without memory.
  public static let detached = "detached"
  /// Name of the arm with another memory.
  public static let wrongMemory = "wrong-memory"
  /// Name of the arm that has everything in its context instead.
  public static let fullContext = "full-context"
  /// Name of the arm that has the best matching pieces of the told text in its context.
  public static let retrieval = "retrieval"
  /// Name of the arm that has random pieces of the told text in its context.
  public static let randomRetrieval = "random-retrieval"
}

import Mneme

/// The figures of one suite that tables, charts and files show: the same numbers everywhere.
public struct SuiteFigures: Sendable, Equatable, Codable {
  /// A comparison of two arms on the same items by one metric.
  public struct Comparison: Sendable, Equatable, Codable {
    /// The memory's effect on the metric.
    public enum Verdict: String, Sendable, Codable {
      case better, worse, undecided
    }
    /// The arm under test.
    public var arm: String
    /// The arm it is compared with.
    public var baseline: String
    /// The metric.
    public var metric: Metric
    /// Arm minus baseline, item by item.
    public var difference: PairedDifference
    /// The conclusion that interval and test support.
    public var verdict: Verdict

    /// A comparison from its parts.
    public init(
      arm: String, baseline: String, metric: Metric, difference: PairedDifference, verdict: Verdict
    ) {
      self.arm = arm
      self.baseline = baseline
      self.metric = metric
      self.difference = difference
      self.verdict = verdict
    }
  }

  /// Means over the items of one kind, or of one depth and length.
  public struct Group: Sendable, Equatable, Codable {
    /// The items' label.
    public var kind: String?
    /// The relative position of the answer, 0 (first) to 1 (last).
    public var depth: Double?
    /// Tokens that were told.
    public var length: Int?
    /// Items in it.
    public var items: Int
    /// Mean of each metric by arm.
    public var means: [String: [Metric: Double]]

    /// A group from its parts.
    public init(
      kind: String?, depth: Double? = nil, length: Int? = nil, items: Int,
      means: [String: [Metric: Double]]
    ) {
      self.kind = kind
      self.depth = depth
      self.length = length
      self.items = items
      self.means = means
    }
  }

  /// Mean surprisal of the tokens in one range: of positions, or of how often a token had occurred before.
  public struct Range: Sendable, Equatable, Codable {
    /// First value in the range.
    public var from: Int
    /// First value after it.
    public var to: Int
    /// Tokens in it.
    public var tokens: Int
    /// Mean nats per token by arm.
    public var nll: [String: Double]

    /// A range from its parts.
    public init(from: Int, to: Int, tokens: Int, nll: [String: Double]) {
      self.from = from
      self.to = to
      self.tokens = tokens
      self.nll = nll
    }
  }

  /// An arm's effect on single tokens, compared with the plain model.
  public struct TokenEffect: Sendable, Equatable, Codable {
    /// Tokens that became likelier by more than a hundredth of a nat.
    public var helped: Int
    /// Tokens that became less likely by more than a hundredth of a nat.
    public var harmed: Int
    /// The others.
    public var unchanged: Int
    /// Nats saved on the helped tokens, summed.
    public var helpNats: Double
    /// Nats lost on the harmed tokens, summed.
    public var harmNats: Double

    /// An effect from its parts.
    public init(helped: Int, harmed: Int, unchanged: Int, helpNats: Double, harmNats: Double) {
      self.helped = helped
      self.harmed = harmed
      self.unchanged = unchanged
      self.helpNats = helpNats
      self.harmNats = harmNats
    }

    private enum CodingKeys: String, CodingKey {
      case helped, harmed, unchanged
      case helpNats = "help_nats"
      case harmNats = "harm_nats"
    }
  }

  /// One text.
  public struct Text: Sendable, Equatable, Codable {
    /// The text's id.
    public var id: String
    /// A title for headings.
    public var title: String
    /// Tokens scored.
    public var tokens: Int
    /// Mean nats per token by arm.
    public var nll: [String: Double]
    /// By position in the text, in order; for charts.
    public var positions: [Range]
    /// By how often the token had occurred before: 0, 1, 2-3, 4-7, and so on.
    public var frequencies: [Range]
    /// Help and harm by arm, against the plain model.
    public var effects: [String: TokenEffect]

    /// A text from its parts.
    public init(
      id: String, title: String, tokens: Int, nll: [String: Double], positions: [Range],
      frequencies: [Range], effects: [String: TokenEffect]
    ) {
      self.id = id
      self.title = title
      self.tokens = tokens
      self.nll = nll
      self.positions = positions
      self.frequencies = frequencies
      self.effects = effects
    }
  }

  /// The suite's name.
  public var name: String
  /// Items in it.
  public var items: Int
  /// Mean of each metric by arm.
  public var arms: [String: [Metric: Double]]
  /// Each memory arm against the plain model, then against each control.
  public var comparisons: [Comparison]
  /// By kind, in the order the kinds first occur; empty when there is only one.
  public var kinds: [Group]
  /// By kind, depth and length, for heat maps; empty when items have no depth.
  public var cells: [Group]
  /// Help and harm on the tokens of expected answers by arm; empty when none were scored.
  public var answerEffects: [String: TokenEffect]
  /// Figures of the texts.
  public var texts: [Text]
  /// Sizes.
  public var costs: [CostResult]

  /// Figures from their parts.
  public init(
    name: String, items: Int, arms: [String: [Metric: Double]], comparisons: [Comparison] = [],
    kinds: [Group] = [], cells: [Group] = [], answerEffects: [String: TokenEffect] = [:],
    texts: [Text] = [], costs: [CostResult] = []
  ) {
    self.name = name
    self.items = items
    self.arms = arms
    self.comparisons = comparisons
    self.kinds = kinds
    self.cells = cells
    self.answerEffects = answerEffects
    self.texts = texts
    self.costs = costs
  }

  private enum CodingKeys: String, CodingKey {
    case name, items, arms, comparisons, kinds, cells, texts, costs
    case answerEffects = "answer_effects"
  }
}

import Foundation
import Memory

/// The probability that a question is about the fact found for it, from what both have in common and from the kind of
/// question: a logistic function of a few features, fitted to free wording (`Tools/train/scope.py`).
///
/// Which fact fits best is easy; whether any does is the harder half, and general questions ("What is the capital of
/// France?") must leave the model alone.
public struct TextScope: Sendable, Codable, Equatable {
  /// Weight of each of `Features.values`.
  public var weights: [Float] = [
    0.215, 1.641, 0.252, 3.112, 1.305, -0.387, 5.593, -0.28, -0.209, 0.031, 0.232, 2.293, -2.998,
  ]
  /// Added to the sum.
  public var bias: Float = -9.201
  /// The probability from which on the fact stands in the prompt.
  public var sure: Float = 0.18
  /// The probability from which on it is cited, and the reply stays the plain model's.
  public var perhaps: Float = 0.07
  /// Nats of shared words that a cosine of 1 is worth, for which fact fits best.
  public var meaningWeight: Float = 4
  /// Nats of shared words that a nat of the question's likelihood after a fact is worth, between facts that fit about
  /// equally well (`QuestionLikelihood`); 0 leaves it out: where meanings are whitened only, it helped nothing.
  public var likelihoodWeight: Float = 0

  /// The gate as fitted for meanings that are whitened only.
  public init() {}

  /// The gate as fitted for meanings whose projection was trained for the model: they say more than the words do.
  public static var trained: TextScope {
    var scope = TextScope()
    scope.weights = [
      -0.035, 1.45, 0.266, 2.25, 1.782, -0.446, 4.843, -0.09, 0.101, 0.232, 0.41, 0.558, -3.869,
    ]
    scope.bias = -8.687
    scope.sure = 0.22
    scope.perhaps = 0.12
    scope.meaningWeight = 15
    scope.likelihoodWeight = 0.5
    return scope
  }

  /// Reads a gate; one with weights for other features, of an earlier version, is replaced by the one that is fitted now.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let weights = try container.decode([Float].self, forKey: .weights)
    guard weights.count == Features.count else { return }
    self.weights = weights
    bias = try container.decode(Float.self, forKey: .bias)
    sure = try container.decode(Float.self, forKey: .sure)
    perhaps = try container.decode(Float.self, forKey: .perhaps)
    meaningWeight = try container.decode(Float.self, forKey: .meaningWeight)
    likelihoodWeight =
      try container.decodeIfPresent(Float.self, forKey: .likelihoodWeight) ?? likelihoodWeight
  }

  /// Whether every value is in range.
  public var isSound: Bool {
    weights.count == Features.count
      && (weights + [bias, sure, perhaps, meaningWeight, likelihoodWeight]).allSatisfy(\.isFinite)
      && sure > 0 && sure < 1 && perhaps > 0 && perhaps <= sure && meaningWeight >= 0
      && likelihoodWeight >= 0
  }

  /// What the gate looks at.
  struct Features {
    /// Rarity of the words that both contain, nats.
    var overlap: Float
    /// Cosine of their meanings, 0 without one.
    var cosine: Float
    /// How much better the fact fits than the second best, nats; negative for one that is not the best.
    var margin: Float
    /// Share of the question's words, weighted by rarity, that the fact contains, or other words for.
    var coverage: Float
    /// Whether the question speaks of the user ("I", "we", "my").
    var isFirstPerson: Bool
    /// Whether it speaks of something of the user's ("my").
    var isPossessive: Bool
    /// Whether it is a question.
    var isQuestion: Bool
    /// Words of the question.
    var length: Int
    /// What speaks against the fact as its answer, nats (`Mismatch`).
    var mismatch: Float
    /// Whether the fact offers an answer of the kind that is asked for.
    var offersAnswer: Bool
    /// Whether both mention the same relative, friend or animal.
    var sharesPerson: Bool
    /// Whether the fact contains a name of the question's.
    var sharesName: Bool
    /// Whether the question asks the model about itself.
    var isSecondPerson: Bool

    static let count = 13

    var values: [Float] {
      [
        min(overlap, 20), cosine, min(margin, 20), coverage, isFirstPerson ? 1 : 0,
        isPossessive ? 1 : 0, isQuestion ? 1 : 0, Float(min(length, 40)), mismatch,
        offersAnswer ? 1 : 0, sharesPerson ? 1 : 0, sharesName ? 1 : 0, isSecondPerson ? 1 : 0,
      ]
    }

    static let names = [
      "overlap", "cosine", "margin", "coverage", "first person", "possessive", "question", "length",
      "mismatch", "offers answer", "shares person", "shares name", "second person",
    ]

    /// The values by name.
    var evidence: [String: Double] {
      Dictionary(uniqueKeysWithValues: zip(Self.names, values.map(Double.init)))
    }
  }

  /// The probability.
  func callAsFunction(_ features: Features) -> Float {
    let z = zip(weights, features.values).reduce(bias) { $0 + $1.0 * $1.1 }
    return 1 / (1 + exp(-z))
  }

  /// How sure a probability is.
  func certainty(_ probability: Float) -> Certainty {
    probability >= sure ? .sure : probability >= perhaps ? .perhaps : .no
  }
}

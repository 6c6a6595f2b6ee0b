import Foundation

/// The probability that a question is about a fact: a logistic function of their overlap. It depends on the question
/// alone, never on a candidate answer.
public struct ScopeGate: Sendable, Codable, Equatable {
  /// Weight of the share of the fact's cues that the question contains.
  public var cueWeight: Float
  /// Weight of the share of the question that the fact contains.
  public var questionWeight: Float
  /// Weight of the shared information, scaled to 1 at `fullInformation` nats: sharing only "my" and "is" counts next to
  /// nothing.
  public var informationWeight: Float
  /// Added to the sum.
  public var bias: Float
  /// The probability from which on a fact is in scope.
  public var threshold: Float

  /// Nats from which on sharing more makes no difference.
  package static let fullInformation: Float = 6

  /// A gate from its parts; the defaults require most of the fact's cues, above all its names.
  public init(
    cueWeight: Float = 12, questionWeight: Float = 3, informationWeight: Float = 3,
    bias: Float = -12, threshold: Float = 0.5
  ) {
    self.cueWeight = cueWeight
    self.questionWeight = questionWeight
    self.informationWeight = informationWeight
    self.bias = bias
    self.threshold = threshold
  }

  /// Whether every value is in range.
  public var isSound: Bool {
    [cueWeight, questionWeight, informationWeight, bias, threshold].allSatisfy(\.isFinite)
      && threshold > 0 && threshold < 1
  }

  /// The probability that a question is about a fact.
  package func callAsFunction(_ match: FactMatch) -> Float {
    1 / (1 + exp(-logit(match)))
  }

  package func logit(_ match: FactMatch) -> Float {
    bias + cueWeight * match.cueCoverage + questionWeight * match.questionCoverage
      + informationWeight * min(1, match.shared / Self.fullInformation)
  }

  /// A question's match with its best fact, and whether the question is about it.
  package struct Example: Sendable {
    package var match: FactMatch
    package var isAbout: Bool

    package init(_ match: FactMatch, isAbout: Bool) {
      self.match = match
      self.isAbout = isAbout
    }
  }

  /// Fits the weights by logistic regression, with equal weight for both classes. Weights stay non-negative, since more
  /// overlap is never evidence against a fact, and are regularised towards the defaults, since calibration uses only a
  /// few forms of questions.
  package static func fit(_ examples: [Example]) -> ScopeGate {
    let positive = examples.filter(\.isAbout).count
    guard positive > 0, positive < examples.count else { return ScopeGate() }
    let prior = ScopeGate()
    let origin = [
      prior.cueWeight, prior.questionWeight, prior.informationWeight, prior.bias,
    ].map(Double.init)
    var weights = origin
    let rows = examples.map { example in
      [
        Double(example.match.cueCoverage), Double(example.match.questionCoverage),
        Double(min(1, example.match.shared / fullInformation)), 1,
      ]
    }
    let shares = (about: 0.5 / Double(positive), other: 0.5 / Double(examples.count - positive))
    for _ in 0..<3000 {
      var slope = [0.0, 0, 0, 0]
      for (row, example) in zip(rows, examples) {
        let z = zip(weights, row).reduce(0.0) { $0 + $1.0 * $1.1 }
        let error =
          (1 / (1 + exp(-z)) - (example.isAbout ? 1 : 0))
          * (example.isAbout ? shares.about : shares.other)
        for index in slope.indices { slope[index] += error * row[index] }
      }
      for index in weights.indices {
        weights[index] -= 2 * (slope[index] + 1e-1 * (weights[index] - origin[index]))
        if index < 3 { weights[index] = max(0, weights[index]) }
      }
    }
    return ScopeGate(
      cueWeight: Float(weights[0]), questionWeight: Float(weights[1]),
      informationWeight: Float(weights[2]), bias: Float(weights[3]))
  }
}

import Foundation

/// Whether a question is about a fact: a logistic function of how much either says of the other. Decided by the question
/// alone, never by a candidate answer.
public struct ScopeGate: Sendable, Codable, Equatable {
  /// Weight of the share of the fact's cues that the question says.
  public var cueWeight: Float
  /// Weight of the share of the question that the fact says.
  public var questionWeight: Float
  /// Added to the sum.
  public var bias: Float
  /// From this probability on a fact is in scope.
  public var threshold: Float

  /// A gate from its parts; the defaults ask for about half of either side.
  public init(
    cueWeight: Float = 6, questionWeight: Float = 6, bias: Float = -6, threshold: Float = 0.5
  ) {
    self.cueWeight = cueWeight
    self.questionWeight = questionWeight
    self.bias = bias
    self.threshold = threshold
  }

  /// Whether every value is in range.
  public var isSound: Bool {
    [cueWeight, questionWeight, bias, threshold].allSatisfy(\.isFinite)
      && threshold > 0 && threshold < 1
  }

  /// The probability that a question is about a fact.
  package func callAsFunction(_ match: FactMatch) -> Float {
    1 / (1 + exp(-logit(match)))
  }

  package func logit(_ match: FactMatch) -> Float {
    bias + cueWeight * match.cueCoverage + questionWeight * match.questionCoverage
  }

  /// A question with its best fact, and whether it is about it.
  package struct Example: Sendable {
    package var cueCoverage: Float
    package var questionCoverage: Float
    package var isAbout: Bool

    package init(cueCoverage: Float, questionCoverage: Float, isAbout: Bool) {
      self.cueCoverage = cueCoverage
      self.questionCoverage = questionCoverage
      self.isAbout = isAbout
    }
  }

  /// Fits the weights by logistic regression, both classes weighing the same; weights stay non-negative, since saying
  /// more of a fact never speaks against it. The threshold is where the F1 score of the examples is best, in the middle
  /// of the gap.
  package static func fit(_ examples: [Example]) -> ScopeGate {
    let positive = examples.filter(\.isAbout).count
    guard positive > 0, positive < examples.count else { return ScopeGate() }
    var weights = (cue: 6.0, question: 6.0, bias: -6.0)
    let shares = (about: 0.5 / Double(positive), other: 0.5 / Double(examples.count - positive))
    for _ in 0..<3000 {
      var slope = (cue: 0.0, question: 0.0, bias: 0.0)
      for example in examples {
        let (cue, question) = (Double(example.cueCoverage), Double(example.questionCoverage))
        let z = weights.bias + weights.cue * cue + weights.question * question
        let error =
          (1 / (1 + exp(-z)) - (example.isAbout ? 1 : 0))
          * (example.isAbout ? shares.about : shares.other)
        slope.cue += error * cue
        slope.question += error * question
        slope.bias += error
      }
      // A weak pull towards the defaults: with clean data weights would grow without bound.
      weights.cue = max(0, weights.cue - 2 * (slope.cue + 2e-3 * (weights.cue - 6)))
      weights.question = max(
        0, weights.question - 2 * (slope.question + 2e-3 * (weights.question - 6)))
      weights.bias -= 2 * (slope.bias + 2e-3 * (weights.bias + 6))
    }
    var gate = ScopeGate(
      cueWeight: Float(weights.cue), questionWeight: Float(weights.question),
      bias: Float(weights.bias))
    gate.threshold = bestThreshold(gate, examples)
    return gate
  }

  private static func bestThreshold(_ gate: ScopeGate, _ examples: [Example]) -> Float {
    let scored = examples.map { example in
      (
        p: gate(
          FactMatch(
            id: 0, cueCoverage: example.cueCoverage, questionCoverage: example.questionCoverage,
            shared: 0)), isAbout: example.isAbout
      )
    }.sorted { $0.p > $1.p }
    let total = scored.filter(\.isAbout).count
    var best: (f1: Double, threshold: Float) = (-1, 0.5)
    var hits = 0
    for (index, item) in scored.enumerated() {
      if item.isAbout { hits += 1 }
      let next = index + 1 < scored.count ? scored[index + 1].p : 0
      guard next < item.p else { continue }
      let f1 = 2 * Double(hits) / Double(index + 1 + total)
      if f1 > best.f1 { best = (f1, (item.p + next) / 2) }
    }
    return max(0.05, min(0.95, best.threshold))
  }
}

/// A figure an arm is judged by.
public enum Metric: String, Sendable, Codable, CaseIterable, CodingKeyRepresentable {
  /// 1 when the generated answer equals one of the answers after normalisation, else 0.
  case exactMatch = "exact_match"
  /// 1 when one of the answers appears in the generated text as whole words, else 0.
  case contains
  /// Mean negative log-likelihood, nats per token.
  case nll
  /// exp(nll), over all tokens of an arm.
  case perplexity

  /// Which way is better.
  public enum Direction: Sendable, Equatable {
    case higherIsBetter
    case lowerIsBetter
  }

  /// Which way is better for this metric.
  public var direction: Direction {
    switch self {
    case .exactMatch, .contains: .higherIsBetter
    case .nll, .perplexity: .lowerIsBetter
    }
  }
}

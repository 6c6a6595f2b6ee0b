/// A measure by which arms are compared.
public enum Metric: String, Sendable, Codable, CaseIterable, CodingKeyRepresentable {
  /// 1 when the generated answer equals one of the answers after normalisation, else 0.
  case exactMatch = "exact_match"
  /// 1 when one of the answers appears in the generated text as whole words, else 0.
  case contains
  /// Overlap of the generated answer's words with an answer's, 0 to 1 (SQuAD's F1, the best of the answers).
  case f1
  /// 1 when the first answer is likelier than every wrong one, per token, else 0.
  case success
  /// 1 when a wrong answer appears in the generated text: the value before a correction, or a forgotten value; else 0.
  case leak
  /// 1 when the reply or a fact that memory cites names an answer, else 0.
  case cited
  /// 1 when the fact that was found first for the question names an answer, else 0.
  case found
  /// 1 when the reply to a question that concerns nothing told, and the logits before it, are the plain model's to the
  /// bit, else 0.
  case unchanged
  /// 1 when a check holds, else 0.
  case passed
  /// Mean negative log-likelihood, nats per token.
  case nll
  /// exp(nll), over all tokens of an arm.
  case perplexity

  /// Whether higher or lower values are better.
  public enum Direction: Sendable, Equatable {
    case higherIsBetter
    case lowerIsBetter
  }

  /// Whether higher or lower values of this metric are better.
  public var direction: Direction {
    switch self {
    case .exactMatch, .contains, .f1, .success, .cited, .found, .unchanged, .passed:
      .higherIsBetter
    case .leak, .nll, .perplexity: .lowerIsBetter
    }
  }
}

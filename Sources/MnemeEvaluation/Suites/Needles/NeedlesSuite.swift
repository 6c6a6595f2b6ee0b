public import Mneme

/// Single sentences hidden in a long text: RULER's needles in a haystack, the haystack in the memory only.
///
/// Hsieh et al. 2024, "RULER: What's the real context size of your long-context language models?" (arXiv 2404.06654): numbers,
/// words, pass keys and UUIDs, several keys of which one is asked for, and haystacks that are nothing but pairs of UUIDs.
public struct NeedlesSuite: EvaluationSuite {
  public let name = "needles"
  public let title = "Needles in a haystack"
  public let summary =
    """
    A long text is read that holds a few special sentences at known depths; each is asked for afterwards in an empty context. \
    The share of right answers is shown by depth and length; without a memory it is close to 0. The UUID pairs are hardest: \
    every sentence looks like every other. After RULER, Hsieh et al. 2024 (arXiv 2404.06654).
    """
  public let metrics: [Metric] = [.contains, .exactMatch, .nll]

  /// The depths of needles, from the first sentence (0) to the last (1).
  static let depths = [0, 0.25, 0.5, 0.75, 1]

  /// The suite.
  public init() {}

  /// The forms of a haystack.
  enum Form: String, CaseIterable {
    /// Independent needles of different kinds, all asked for.
    case single
    /// Needles of one kind with different keys, one asked for.
    case multikey
    /// Nothing but pairs of UUIDs, two asked for.
    case pairs = "uuid"
  }

  /// Haystacks of 512 and 2,048 tokens; `lengths` are other lengths.
  public func plan(_ options: SuiteOptions) throws(EvaluationError) -> SuitePlan {
    var work: [(form: Form, length: Int, number: Int)] = []
    for length in options.lengths([512, 2048]) {
      let all = max(3, min(8, 8192 / length))
      let forms: [(Form, Int)] = [
        (.single, all - 1 - max(1, all / 4)), (.multikey, max(1, all / 4)), (.pairs, 1),
      ]
      for (form, standard) in forms {
        for number in 0..<options.count(standard) { work.append((form, length, number)) }
      }
    }
    return .generated(work.count, options) { index, seed, avoided in
      let (form, length, number) = work[index]
      var random = SuiteRandom(seed, name, form.rawValue, "\(length)", "\(number)")
      var haystack = Haystack(length: length, number: number, avoiding: avoided)
      switch form {
      case .single: haystack.hideDifferent(&random, options.countTokens)
      case .multikey: haystack.hideAlike(&random, options.countTokens)
      case .pairs: haystack.pair(&random, options.countTokens)
      }
      return Episode(
        id: "\(name)-\(index)",
        sessions: [[Telling(.document, haystack.sentences.joined(separator: " "))]],
        questions: haystack.questions)
    }
  }
}

public import Mneme

/// Real conversations over many sessions, from a file, and questions about them.
///
/// Reads LongMemEval (Wu et al. 2024, arXiv 2410.10813), LoCoMo (Maharana et al. 2024, arXiv 2402.17753), MemoryBank (Zhong et al.
/// 2023, arXiv 2305.10250) with answers added, and a form of our own; one list, one object, or one a line.
public struct ConversationsSuite: EvaluationSuite {
  public let name = "conversations"
  public let title = "Real conversations"
  public let summary =
    """
    Conversations over many sessions are read from a file, then questions about them are asked; F1 is the overlap of the words \
    of an answer. Long histories are cut to 12,000 tokens in all unless lengths are given; sessions that hold the evidence \
    stay. For LongMemEval, Wu et al. 2024 (arXiv 2410.10813), LoCoMo, Maharana et al. 2024 (arXiv 2402.17753), MemoryBank, \
    Zhong et al. 2023 (arXiv 2305.10250), and chats of your own.
    """
  public let metrics: [Metric] = [.f1, .contains, .exactMatch, .nll]
  public var needsData: Bool { true }

  /// The total numbers of told tokens and of questions.
  static let (tokens, questions) = (12_000, 120)
  /// The default number of conversations.
  static let standard = 3
  /// The number of conversations searched for a decoy that does not contain the answers.
  static let decoyTries = 8

  /// The suite.
  public init() {}

  /// Conversations of the file, evenly spaced from a place that the seed determines; the decoy of each is one that
  /// follows it.
  ///
  /// - Throws: `EvaluationError.unreadable` or `.invalidConversation` for a file that cannot be used, `.nothingToMeasure` when none
  ///   is given or no question has an answer.
  public func plan(_ options: SuiteOptions) throws(EvaluationError) -> SuitePlan {
    guard let path = options.data else {
      throw .nothingToMeasure(
        source: "the suite \"\(name)\"", reason: "it needs a file of conversations")
    }
    let file = try ConversationFile(path)
    let wanted = min(file.count, options.count(Self.standard))
    let limit = options.lengths([Self.tokens / max(1, wanted)])[0]
    let most = max(1, Self.questions / max(1, wanted))
    var random = SuiteRandom(options.seed, name)
    let start = random.below(file.count)

    func episode(_ index: Int, _ id: String) throws(EvaluationError) -> Episode {
      var random = SuiteRandom(options.seed, name, "\(index)")
      return ConversationCut.episode(
        try file.conversation(index), id: id, tokens: limit, most: most, &random,
        options.countTokens)
    }
    var episodes: [Episode] = []
    var decoys: [Episode] = []
    for number in 0..<wanted {
      let index = (start + number * file.count / wanted) % file.count
      let main = try episode(index, "\(name)-\(number)")
      guard !main.questions.isEmpty, !main.sessions.isEmpty else { continue }
      episodes.append(main)
      guard file.count > 1 else { continue }
      var decoy: Episode?
      for step in 1...min(Self.decoyTries, file.count - 1) {
        let other = try episode((index + step) % file.count, "\(name)-\(number)")
        if decoy == nil { decoy = other }
        if !Self.tells(other, of: main) {
          decoy = other
          break
        }
      }
      if let decoy { decoys.append(decoy) }
    }
    guard !episodes.isEmpty else {
      throw .nothingToMeasure(source: path, reason: "no question has an answer")
    }
    return .episodes(episodes, decoys: decoys)
  }

  /// Whether a statement of one episode contains an answer of another.
  private static func tells(_ episode: Episode, of other: Episode) -> Bool {
    let answers = other.questions.flatMap(\.answers)
    return episode.sessions.joined().contains { AnswerText.contains($0.text, answers) }
  }
}

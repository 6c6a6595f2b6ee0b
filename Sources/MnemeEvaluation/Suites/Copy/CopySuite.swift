public import Mneme

/// Lists of random words, told and then to be continued: copy and repeat copy in token form.
///
/// The tasks of the neural Turing machine (Graves, Wayne and Danihelka 2014, arXiv 1410.5401), with words of text
/// instead of random bits: a list is learned as a document, and its first four words are the cue for the rest.
public struct CopySuite: EvaluationSuite {
  public let name = "copy"
  public let title = "Copying word lists"
  public let summary =
    """
    Lists of random words are told, then up to four context windows of other text; the first four words of a list are given, \
    and the rest of it is asked for. 1 is a perfect copy; without a memory the figure is close to 0. After the copy and \
    repeat-copy tasks of Graves et al. 2014 (arXiv 1410.5401).
    """
  public let metrics: [Metric] = [.f1, .contains, .nll]

  /// Words that are given as the cue.
  static let cue = 4
  /// Longest gap unit: windows of models with a longer context count as this many tokens, so that a run stays small.
  static let longestWindow = 1024

  /// The suite.
  public init() {}

  /// The parameters of one episode.
  private struct Condition {
    /// Words of each list.
    var lists: [Int]
    /// Windows of other text after the lists.
    var gap: Int
    /// How often each list is told.
    var repeats: Int
    var name: String
    var episodes: Int
  }

  private func conditions(_ options: SuiteOptions) -> [Condition] {
    let lengths = options.lengths([16, 64]).map { min(max($0, 2 * Self.cue), CopyWords.all.count) }
    let shortest = lengths.min() ?? 16
    func name(_ gap: Int, _ repeats: Int) -> String {
      (repeats > 1 ? ", repeat \(repeats)x" : "") + (gap > 0 ? ", gap \(gap)x" : "")
    }
    return [
      Condition(lists: lengths, gap: 0, repeats: 1, name: name(0, 1), episodes: 4),
      Condition(lists: lengths, gap: 1, repeats: 1, name: name(1, 1), episodes: 3),
      Condition(lists: [shortest], gap: 0, repeats: 3, name: name(0, 3), episodes: 4),
      Condition(
        lists: [shortest, shortest, shortest], gap: 4, repeats: 1, name: name(4, 1), episodes: 1),
    ]
  }

  /// Episodes of every condition; `lengths` are words per list.
  public func plan(_ options: SuiteOptions) throws(EvaluationError) -> SuitePlan {
    var work: [(condition: Condition, number: Int)] = []
    for condition in conditions(options) {
      for number in 0..<options.count(condition.episodes) { work.append((condition, number)) }
    }
    let window = min(max(1, options.context), Self.longestWindow)
    return .generated(work.count, options, meanLengths: true) { index, seed, avoided in
      let (condition, number) = work[index]
      var random = SuiteRandom(seed, name, condition.name, "\(number)")
      var used: Set<String> = []
      var tellings: [Telling] = []
      var questions: [Question] = []
      for length in condition.lists {
        var words = CopyWords.list(length, used: &used, &random)
        // If a list happens to equal an answer of the other episode, it is reversed.
        if avoided.contains(words.dropFirst(Self.cue).joined(separator: " ")) { words.reverse() }
        let text = words.joined(separator: " ")
        let whole = Array(repeating: text + ".", count: condition.repeats)
        tellings.append(Telling(.document, whole.joined(separator: " ")))
        let rest = words.dropFirst(Self.cue).joined(separator: " ")
        questions.append(
          Question(
            words.prefix(Self.cue).joined(separator: " "), [rest],
            kind: "copy \(length)\(condition.name)", isRaw: true,
            tokens: options.countTokens(rest) + 2))
      }
      if condition.gap > 0 {
        var filler = FillerText(SuiteRandom(seed, name, condition.name, "\(number)", "gap"))
        let sentences = filler.sentences(tokens: condition.gap * window, options.countTokens)
        tellings.append(Telling(.document, sentences.joined(separator: " ")))
      }
      let told = options.count(tellings)
      for place in questions.indices { questions[place].length = told }
      return Episode(
        id: "\(name)-\(index)", sessions: [tellings], questions: questions)
    }
  }
}

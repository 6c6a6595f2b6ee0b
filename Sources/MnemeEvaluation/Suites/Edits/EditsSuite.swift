import Foundation
public import Mneme
import ModelFiles

/// Knowledge editing: facts are written into a memory, and their recall is tested.
///
/// Meng et al. 2022, "Locating and editing factual associations in GPT" (CounterFact, arXiv 2202.05262), and Li et al. 2023,
/// "Unveiling the pitfalls of knowledge editing" (coverage edits, arXiv 2310.02129).
public struct EditsSuite: EvaluationSuite {
  public let name = "edits"
  public let title = "Editing knowledge"
  public let summary =
    """
    Five facts at a time are written into the memory, some of them twice with different answers. The new answer must be \
    likelier than the old one behind the same words (edit) and behind other words (paraphrase), while neighbouring facts keep \
    theirs. An answer matches when the most likely continuation is exactly it. After CounterFact, Meng et al. 2022 (arXiv \
    2202.05262), and coverage edits, Li et al. 2023 (arXiv 2310.02129).
    """
  public let metrics: [Metric] = [.success, .exactMatch, .nll]

  /// Edits of an episode, and the most questions of a kind that an edit is asked with.
  static let (batch, prompts) = (5, 2)

  /// The suite.
  public init() {}

  /// Twelve batches of edits, generated or from a file of CounterFact or coverage edits.
  ///
  /// - Throws: `EvaluationError.unreadable`, `.invalidEdits` or `.nothingToMeasure` for a file.
  public func plan(_ options: SuiteOptions) throws(EvaluationError) -> SuitePlan {
    let batches = options.count(12)
    guard let path = options.data else {
      return .generated(batches, options) { index, seed, avoided in
        var random = SuiteRandom(seed, name, "\(index)")
        let facts = GeneratedEdit.draw(Self.batch, number: index, avoiding: avoided, &random)
        return Self.episode(
          "\(name)-\(index)", facts.map(\.edit), before: facts.map(\.neighbour),
          options.countTokens)
      }
    }
    let edits = try KnowledgeEdit.decode(try SuiteFile.data(path), path: path)
    guard !edits.isEmpty else { throw .nothingToMeasure(source: path, reason: "it holds no edit") }
    return Self.plan(
      edits, batches: batches, SuiteRandom(options.seed, name), options.countTokens)
  }

  /// Batches of a file's edits in random order; the decoy of a batch is the next one.
  private static func plan(
    _ edits: [KnowledgeEdit], batches: Int, _ start: SuiteRandom, _ count: (String) -> Int
  ) -> SuitePlan {
    var random = start
    let order = random.shuffled(edits)
    let size = min(batch, order.count)
    let available = max(1, order.count / size)
    func pick(_ number: Int) -> Episode {
      let first = number % available * size
      return episode("edits-\(number)", Array(order[first..<(first + size)]), before: [], count)
    }
    let taken = min(batches, available)
    let episodes = (0..<taken).map { pick($0) }
    let decoys = available > 1 ? (0..<taken).map { pick($0 + 1) } : []
    return .episodes(episodes, decoys: decoys)
  }

  /// One batch: the earlier statements, the edits, then the questions about each.
  private static func episode(
    _ id: String, _ edits: [KnowledgeEdit], before: [Telling], _ count: (String) -> Int
  ) -> Episode {
    var tellings = before
    var questions: [Question] = []
    for edit in edits {
      if edit.isRewrite {
        tellings.append(Telling(.fact, edit.prompt + " " + edit.old, answer: edit.old))
      }
      tellings.append(Telling(.fact, edit.prompt + " " + edit.new, answer: edit.new))
      func ask(_ prompt: String, _ answer: String, _ wrong: String, _ kind: String) {
        // A wrong answer that equals the right one cannot be compared.
        let others = ByteString(wrong) == ByteString(answer) ? [] : [wrong]
        // A continuation does not end by itself: as many tokens are generated as the answer has after the prompt.
        let tokens = max(1, count(prompt + " " + answer) - count(prompt))
        questions.append(
          Question(prompt, [answer], wrong: others, kind: kind, isRaw: true, tokens: tokens))
      }
      ask(edit.prompt, edit.new, edit.old, edit.isRewrite ? "edit, rewritten" : "edit")
      for prompt in edit.paraphrases.prefix(prompts) {
        ask(prompt, edit.new, edit.old, "paraphrase")
      }
      for prompt in edit.neighbours.prefix(prompts) {
        ask(prompt, edit.old, edit.new, "neighbourhood")
      }
    }
    return Episode(id: id, sessions: [tellings], questions: questions)
  }
}

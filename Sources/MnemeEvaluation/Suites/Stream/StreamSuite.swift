import Foundation
public import Mneme
import ModelFiles

/// Long texts, scored token by token while a memory learns them.
///
/// Sun et al. 2021, "Do long-range language models actually use long-range context?" (arXiv 2109.09115) and Rae et al.
/// 2020 (PG-19, arXiv 1911.05507) measure the same on books: a memory can only gain on tokens that recur beyond the
/// window.
public struct StreamSuite: EvaluationSuite {
  public let name = "stream"
  public let title = "Reading a long text"
  public let summary =
    """
    A long story is scored token by token while the memory learns it: its people, places and sayings return after more than a \
    context window, so a memory can lower the surprise (nats per token, lower is better). Then another text is scored with a \
    memory that has learned the first: it should cost nothing. After PG-19, Rae et al. 2020 (arXiv 1911.05507).
    """
  public let metrics: [Metric] = [.nll, .perplexity]

  /// Tokens of the first text and of the second.
  static let (length, other) = (6000, 2000)

  /// Bytes of a file that are read for each token asked for.
  private static let bytesPerToken = 64

  /// The suite.
  public init() {}

  /// A story, or the beginning of `data`, and another text after it; the first of `lengths` is the length of the first.
  ///
  /// - Throws: `EvaluationError.unreadable`, `.invalidUTF8` or `.nothingToMeasure` for a file.
  public func plan(_ options: SuiteOptions) throws(EvaluationError) -> SuitePlan {
    let length = options.lengths([Self.length])[0]
    let first: TextTask
    if let path = options.data {
      let text = try SuiteFile.text(path, most: length * Self.bytesPerToken)
      let beginning = Self.beginning(of: text, tokens: length, options.countTokens)
      guard !beginning.isEmpty else {
        throw .nothingToMeasure(source: path, reason: "the text is empty")
      }
      first = TextTask(
        id: "\(name)-book", title: "The given text", text: beginning, learns: true)
    } else {
      var story = Narrative(SuiteRandom(options.seed, name, "story"))
      first = TextTask(
        id: "\(name)-story", title: "A long story",
        text: story.text(tokens: length, options.countTokens), learns: true)
    }
    var filler = FillerText(SuiteRandom(options.seed, name, "other"))
    let other = filler.sentences(
      tokens: max(1, min(Self.other, length)), options.countTokens
    ).joined(separator: " ")
    return .texts([
      first,
      TextTask(
        id: "\(name)-other", title: "An unrelated text after it", text: other, learns: false,
        before: first.text),
    ])
  }

  /// The first paragraphs of a text with about `tokens` tokens, the last one cut between words.
  static func beginning(
    of text: String, tokens: Int, _ count: (String) -> Int
  ) -> String {
    var taken = ""
    var rest = tokens
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let line = String(line)
      let size = max(1, count(line))
      if size <= rest {
        taken += line + "\n"
        rest -= size
        continue
      }
      var words = ""
      for word in line.split(separator: " ") {
        let longer = words.isEmpty ? String(word) : words + " " + word
        let size = max(1, count(String(word)))
        guard size <= rest else { break }
        rest -= size
        words = longer
      }
      taken += words
      break
    }
    return taken.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

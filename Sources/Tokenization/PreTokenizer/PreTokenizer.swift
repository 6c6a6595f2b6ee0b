/// Splits a text into the words within which byte pairs are merged.
///
/// Each step splits the parts that the previous one left; text that a step's pattern does not match stays together. The
/// patterns are those that models publish in their `tokenizer.json`, matched by hand-written scanners in linear time:
/// patterns from files are never run.
struct PreTokenizer: Sendable {
  /// One pattern.
  enum Step: Sendable, Equatable {
    /// GPT-2's: contractions, words, numbers and other runs, each with a space in front.
    case words
    /// Llama 3's and its relatives': any one character in front of a word, numbers of limited length.
    case flexibleWords(digits: Int, marks: Bool)
    /// GPT-4o's: words also end where capitals begin.
    case casedWords(digits: Int, contractions: Bool)
    /// DeepSeek V3's words.
    case markedWords
    /// Numbers in groups of at most this many digits.
    case digits(Int)
    /// Groups of exactly three ASCII digits.
    case digitTriples
    /// Every line break alone.
    case newlines
    /// White space at the end.
    case trailingSpace
    /// Runs of a class of characters, with one white space in front or without.
    case runs(CharacterRun, spaced: Bool)
  }

  /// The name in `tokenizer.ggml.pre`.
  let name: String
  private let steps: [Step]
  /// Whether a word that is a token is used directly, without applying merges.
  let ignoresMerges: Bool
  /// Whether sequences begin with the begin token by default.
  let addsBOS: Bool

  /// The pre-tokenizer of this name, or nil.
  init?(named name: String) {
    guard let entry = Self.published.first(where: { $0.names.contains(name) }) else { return nil }
    self.name = name
    steps = entry.steps
    ignoresMerges = entry.ignoresMerges
    addsBOS = entry.ignoresMerges
  }

  /// Every known name.
  static var names: [String] { published.flatMap(\.names) }

  /// The words of a text, in order, as ranges of scalars; none is empty.
  func split(_ text: ScalarText) -> [Range<Int>] {
    var parts = text.count == 0 ? [] : [0..<text.count]
    for step in steps {
      var next: [Range<Int>] = []
      next.reserveCapacity(max(parts.count, text.count / 4))
      for part in parts { step.split(part, of: text, into: &next) }
      parts = next
    }
    return parts
  }
}

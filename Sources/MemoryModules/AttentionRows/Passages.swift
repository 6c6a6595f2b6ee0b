import Memory
import Tokenization

/// The passages of texts that share most with a question, read again for it: rows that stand among many others, or are compacted, say what a
/// text is about, but names and numbers come back word by word only from few rows of their own. Tokens are kept anyway, so this takes no
/// room in the file.
///
/// A passage of what was read is some sentences that follow one another. Single sentences of it, out of their context, are worse: of ten
/// facts in a novel SmolLM2 then answers 1 to 3, and 4 to 6 from passages of 60 words. Of what people said, each sentence is a passage:
/// what they say next is something else, and a model asked about one of three or four things told takes the wrong one.
struct Passages {
  /// What was read in one go, or said in one.
  struct Text {
    var tokens: [Int32] = []
    var isSpoken = false
  }

  private struct Passage {
    var tokens: ArraySlice<Int32>
    var isSpoken: Bool
  }

  /// Tokens of a passage, at least.
  private static let length = 80
  /// Of the best one's score, what another sentence that was said needs to be read beside it.
  private static let leastShare = 0.5
  /// What stands around them. A small model answers about a text that is named as such: of thirty facts in passages of 25 words of a
  /// novel SmolLM2 answers 23, 17 where the question goes on in the last line, and 10 where only an empty line stands between.
  private static let (before, after) = ("Text: \"", "\"\nAccording to the text:\n")

  let context: ModuleContext
  let shape: RowShape
  /// The most tokens that are read again.
  let limit: Int

  /// The rows of the passages that fit a question best, in the order of the texts, with the words that lead to the question; nil where
  /// none shares a word with it.
  func rows(of texts: [Text], for question: some Sequence<Int32>) -> RowPart? {
    // Tokens that are not known cannot be read.
    let passages = texts.filter { $0.tokens.allSatisfy { $0 >= 0 } }.flatMap(passages)
    let chosen = choose(from: passages, for: Array(question))
    guard !chosen.isEmpty else { return nil }
    // The best is cut only where it stands alone.
    let found = chosen.sorted().flatMap { passages[$0].tokens }.prefix(limit)
    let isNamed = context.tokenizer != nil
    let bank = RowBank(
      reading: words(Self.before, continuing: false) + found + words(Self.after, continuing: true),
      after: StudyFrame(context).begin, context, shape)
    return bank.map {
      RowPart($0, end: $0.count, leadsToQuestion: isNamed, readAgain: Array(found))
    }
  }

  /// The best that there is room for. What was said and what was read do not stand side by side.
  private func choose(from passages: [Passage], for question: [Int32]) -> [Int] {
    var relevance = TokenRelevance(context)
    for passage in passages { relevance.add(passage.tokens) }
    let scores = relevance.scores(for: question)
    // What was said last about a thing holds.
    func rank(_ index: Int) -> (Double, Int) {
      (-scores[index], passages[index].isSpoken ? -index : index)
    }
    var (chosen, room): ([Int], Int) = ([], limit)
    let asked = context.tokenizer.map { QuestionKind($0.decode(question)) }
    for index in scores.indices.sorted(by: { rank($0) < rank($1) }) {
      guard scores[index] > 0, room > 0 else { break }
      let passage = passages[index]
      if let best = chosen.first {
        guard passage.isSpoken == passages[best].isSpoken, passage.tokens.count <= room,
          !passage.isSpoken || scores[index] >= Self.leastShare * scores[best]
        else { continue }
      }
      guard !passage.isSpoken || isAnswer(passage, to: asked) else { continue }
      chosen.append(index)
      room -= passage.tokens.count
    }
    return chosen
  }

  /// Whether what was said may answer a question: it is none itself, and shares a word with it that says what it is about. A small
  /// model answers out of what it is given, whatever it is asked.
  private func isAnswer(_ passage: Passage, to asked: QuestionKind?) -> Bool {
    guard let asked, let tokenizer = context.tokenizer else { return true }
    let said = QuestionKind(tokenizer.decode(Array(passage.tokens)))
    return !said.isQuestion
      && asked.stems.contains { !WordRarity.isFunctionWord($0) && said.stems.contains($0) }
  }

  /// Nothing without a tokenizer.
  private func words(_ text: String, continuing: Bool) -> [Int32] {
    context.tokenizer?.encode(fragment: text, continuing: continuing) ?? []
  }

  private func passages(of text: Text) -> [Passage] {
    let sentences = TextSentences(text.tokens, context).ranges
    return (text.isSpoken ? sentences : joined(sentences)).map {
      Passage(tokens: text.tokens[$0], isSpoken: text.isSpoken)
    }
  }

  /// Sentences that follow one another, until they are long enough.
  private func joined(_ sentences: [Range<Int>]) -> [Range<Int>] {
    sentences.reduce(into: []) { passages, sentence in
      let most = min(Self.length, limit)
      if let last = passages.last, last.count < most, last.count + sentence.count <= limit {
        passages[passages.count - 1] = last.lowerBound..<sentence.upperBound
      } else {
        passages.append(sentence)
      }
    }
  }
}

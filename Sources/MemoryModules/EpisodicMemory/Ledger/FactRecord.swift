import Foundation
package import Memory
import ModelFiles
package import Transformer

/// One entry of the ledger. Everything else in the module can be computed from the entries.
package struct FactRecord: Sendable, Equatable {
  /// Unique within a memory, never reused.
  package var id: Int
  /// Where it came from.
  package var provenance: Provenance
  /// The statement, token by token, [count].
  package var tokens: [Int32] = []
  /// The key at the position before each token, [count, key columns].
  package var keys: [Float] = []
  /// The place of each token in the journal, -1 without one, [count].
  package var journal: [Int64] = []
  /// Its latent from an adapter's encoder, [latent columns]; empty when no read-out uses it.
  package var latent: [Float] = []
  /// Its vector for comparison by meaning, [meaning columns]; empty when meanings are not compared.
  package var meaning: [Float] = []
  /// -log p of each token, nats, [count]; empty where the policy of retention does not ask for it.
  package var surprisals: [Float] = []
  /// Its text, for a told fact; nil for a sentence that was only read.
  package var text: String?
  /// The answer, when it was given.
  package var answer: FactAnswer?

  package var count: Int { tokens.count }

  package init(id: Int, provenance: Provenance) {
    self.id = id
    self.provenance = provenance
  }

  /// Whether it was declared as a told fact.
  package var isTold: Bool { text != nil }
}

/// The part of a fact that is compared with questions; computed from a record.
package struct FactProfile: Sendable {
  /// The words that a question about it shares (all but the answer's), each once, and their weights.
  package var cues: [String: Float] = [:]
  /// The sum of the squares of the cues' weights: what identifies a fact is its rarest words, names above all.
  package var cueSquares: Float = 0
  /// Every word of it.
  package var words: [String: Float] = [:]
  /// The row with the first token of the answer, if it is known or can be guessed.
  package var answerRow: Int?
  /// Latent of the cues, [latent columns].
  package var cueLatent: [Float] = []
  /// Latent of the whole, [latent columns].
  package var latent: [Float] = []
  /// Whom it is about and what it can answer.
  package var traits = FactTraits()
}

extension FactProfile {
  /// English words after which the answer of a short statement begins ("My dog is called ...", "I live in ...").
  private static let links: Set<String> = [
    "is", "are", "was", "were", "am", "be", "been", "called", "named", "in", "at", "as", "from",
    "to", "a", "an", "the", "on", "by", "for", "of", "has", "have", "had", "like", "love", "hate",
    "prefer", "speak", "collect", "drive", "study", "learning",
  ]

  /// English words that open a statement, above all a correction, and never a question.
  private static let openers: Set<String> = [
    "no", "nope", "yes", "yeah", "actually", "sorry", "wait", "oh", "well", "okay", "ok", "hey",
    "hi", "hello", "so", "and", "but", "correction",
  ]
  private static let openings: [[String]] = [
    ["i", "was", "wrong"], ["i", "made", "a", "mistake"], ["that", "is", "not", "right"],
    ["that", "is", "wrong"], ["i", "mean"], ["i", "meant"],
  ]

  /// The words without the opening ones; at least two stay.
  private static func opened(_ words: [Word]) -> [Word] {
    var rest = words[...]
    while rest.count > 2 {
      let opening = openings.first { rest.map(\.stem).starts(with: $0) }
      let length = opening?.count ?? (openers.contains(rest.first?.stem ?? "") ? 1 : 0)
      guard length > 0, rest.count - length >= 2 else { break }
      rest = rest.dropFirst(length)
    }
    return Array(rest)
  }

  /// The profile of a record.
  ///
  /// - Parameter statement: what it says by itself, for a correction that lacks its subject.
  package init(
    _ record: FactRecord, saying statement: String? = nil, splitter: WordSplitter,
    encoder: PhraseEncoder
  ) {
    traits = FactTraits(
      (statement ?? record.text ?? splitter.text(of: record.tokens))
        .trimmingCharacters(in: .whitespacesAndNewlines))
    let all = Self.opened(splitter.words(record.tokens))
    var cueCount = all.count
    var asked: [Word] = []
    if let answer = record.answer {
      let length = min(answer.tokens.count, record.count)
      let start = Self.occurrence(of: answer.tokens, in: record.tokens) ?? record.count - length
      answerRow = start < record.count ? start : nil
      cueCount = all.firstIndex { $0.token >= start } ?? all.count
      asked = splitter.words(of: Self.prompt(of: record.text ?? "", answer: answer.text))
    } else if let last = all.lastIndex(where: { Self.links.contains($0.stem) }),
      last + 1 < all.count, last > 0
    {
      answerRow = all[last + 1].token
      cueCount = last + 1
    }
    if record.answer == nil, let statement {
      // Up to its last link, as of any other statement.
      asked = splitter.words(of: statement)
      if let last = asked.lastIndex(where: { Self.links.contains($0.stem) }),
        last + 1 < asked.count, last > 0
      {
        for word in asked[(last + 1)...] {
          words[word.stem] = max(words[word.stem] ?? 0, word.weight)
        }
        asked = Array(asked[...last])
      }
    }
    // Of a told fact's prompt the text counts, not the tokens: questions in it were not learned.
    let asking = asked.isEmpty ? Array(all.prefix(cueCount)) : asked
    for word in all + asked { words[word.stem] = max(words[word.stem] ?? 0, word.weight) }
    for word in asking { cues[word.stem] = max(cues[word.stem] ?? 0, word.weight) }
    // Summed in a fixed order: a dictionary's changes from run to run.
    cueSquares = cues.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value * $1.value }
    cueLatent = encoder.encode(Self.unique(asking[...]))
    latent = encoder.encode(Self.unique((asked + all)[...]))
  }

  /// The text before the answer of a told fact.
  private static func prompt(of text: String, answer: ByteString) -> String {
    guard let range = text.range(of: answer.text, options: [.backwards, .literal]) else {
      return text
    }
    return String(text[..<range.lowerBound])
  }

  /// The last place where `part` occurs in `tokens`.
  private static func occurrence(of part: [Int32], in tokens: [Int32]) -> Int? {
    guard !part.isEmpty, part.count <= tokens.count else { return nil }
    return (0...(tokens.count - part.count)).last {
      tokens[$0..<$0 + part.count].elementsEqual(part)
    }
  }

  /// Each word once, at its first occurrence.
  package static func unique(_ words: ArraySlice<Word>) -> [Word] {
    var seen: Set<String> = []
    return words.filter { seen.insert($0.stem).inserted }
  }
}

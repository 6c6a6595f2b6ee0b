import Foundation
import Memory
import Tokenization

/// Which groups of remembered tokens share words with a question: BM25 (Robertson and Zaragoza 2009) over the tokens.
///
/// The same word at the beginning of a sentence and in it are different tokens to most vocabularies: tokens are compared as
/// their letters and digits, in lower case.
struct TokenRelevance {
  private static let (saturation, lengthWeight) = (1.2, 0.75)

  private let tokenizer: (any Tokenizer)?
  private var names: [Int32: String] = [:]
  private var counts: [[String: Int]] = []  // by group
  private var lengths: [Int] = []
  private var holders: [String: Int] = [:]

  init(_ context: ModuleContext) { tokenizer = context.tokenizer }

  /// Adds a group.
  mutating func add(_ tokens: some Sequence<Int32>) {
    var own: [String: Int] = [:]
    var length = 0
    for token in tokens {
      guard let name = name(of: token) else { continue }
      own[name, default: 0] += 1
      length += 1
    }
    for name in own.keys { holders[name, default: 0] += 1 }
    counts.append(own)
    lengths.append(length)
  }

  /// The score of each group, 0 where it shares nothing with the question.
  mutating func scores(for question: some Sequence<Int32>) -> [Double] {
    let words = Set(question.compactMap { name(of: $0) })
    let mean = max(1, Double(lengths.reduce(0, +)) / Double(max(1, lengths.count)))
    let total = Double(counts.count)
    return counts.indices.map { group in
      words.reduce(0) { sum, word in
        guard let count = counts[group][word] else { return sum }
        let held = Double(holders[word] ?? 0)
        let rarity = log(1 + (total - held + 0.5) / (held + 0.5))
        let norm = 1 - Self.lengthWeight + Self.lengthWeight * Double(lengths[group]) / mean
        return sum + rarity * Double(count) * (Self.saturation + 1)
          / (Double(count) + Self.saturation * norm)
      }
    }
  }

  /// Tokens as they are compared; those without letters and digits are left out.
  mutating func words(of tokens: some Sequence<Int32>) -> [String] {
    tokens.compactMap { name(of: $0) }
  }

  /// A token's letters and digits in lower case; nil where it has none. Without a tokenizer, its number.
  private mutating func name(of token: Int32) -> String? {
    if let known = names[token] { return known.isEmpty ? nil : known }
    let text = tokenizer.map { $0.decode([token]) } ?? String(token)
    let name = String(
      String.UnicodeScalarView(text.unicodeScalars.filter(CharacterSet.alphanumerics.contains))
    ).lowercased()
    names[token] = name
    return name.isEmpty ? nil : name
  }
}

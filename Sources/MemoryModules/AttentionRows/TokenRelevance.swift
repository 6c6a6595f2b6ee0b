import Foundation
package import Memory

/// Which groups of remembered tokens share terms with a question: BM25 (Robertson and Zaragoza 2009).
package struct TokenRelevance {
  private static let (saturation, lengthWeight) = (1.2, 0.75)

  private var terms: TokenTerms
  private var counts: [[String: Int]] = []  // by group
  private var lengths: [Int] = []
  private var holders: [String: Int] = [:]

  package init(_ context: ModuleContext, by unit: TokenTerms.Unit = .wordsAndPieces) {
    terms = TokenTerms(context, by: unit)
  }

  /// Adds a group.
  package mutating func add(_ tokens: some Sequence<Int32>) {
    let found = terms.read(tokens)
    let own = found.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    for term in own.keys { holders[term, default: 0] += 1 }
    counts.append(own)
    lengths.append(found.count)
  }

  /// The score of each group, 0 where it shares nothing with the question.
  package mutating func scores(for question: some Sequence<Int32>) -> [Double] {
    let asked = Set(terms.read(question)).sorted()
    let mean = max(1, Double(lengths.reduce(0, +)) / Double(max(1, lengths.count)))
    let total = Double(counts.count)
    return counts.indices.map { group in
      asked.reduce(0) { sum, term in
        guard let count = counts[group][term] else { return sum }
        let held = Double(holders[term] ?? 0)
        let rarity = log(1 + (total - held + 0.5) / (held + 0.5))
        let norm = 1 - Self.lengthWeight + Self.lengthWeight * Double(lengths[group]) / mean
        return sum + rarity * Double(count) * (Self.saturation + 1)
          / (Double(count) + Self.saturation * norm)
      }
    }
  }
}

import Foundation
package import Tokenization

/// The words by which somebody would ask for a sentence of a text: those that few other sentences have.
package struct SentenceKeywords {
  /// Letters of the shortest.
  private static let shortest = 3

  private let sentences: [[String]]
  /// How many sentences have each word, in lower case.
  private var holders: [String: Int] = [:]

  /// - Parameter sentences: their tokens.
  package init(_ sentences: [[Int32]], _ tokenizer: any Tokenizer) {
    self.sentences = sentences.map { sentence in
      tokenizer.decode(sentence).components(separatedBy: CharacterSet.alphanumerics.inverted)
        .filter { $0.count >= Self.shortest }
    }
    for words in self.sentences {
      for word in Set(words.map { $0.lowercased() }) { holders[word, default: 0] += 1 }
    }
  }

  /// The rarest words of a sentence's first two thirds, where what is said of them mostly does not stand yet, in their order.
  package func of(_ index: Int, count: Int = 2) -> [String] {
    let words = sentences[index].prefix((2 * sentences[index].count + 2) / 3)
    let rare = words.indices.sorted {
      (holders[words[$0].lowercased()] ?? 0, $0) < (holders[words[$1].lowercased()] ?? 0, $1)
    }
    return rare.prefix(count).sorted().map { words[$0] }
  }
}

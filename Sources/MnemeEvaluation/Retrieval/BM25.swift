import Foundation

/// The ranking function Okapi BM25 over a fixed set of texts.
///
/// Robertson and Zaragoza 2009, "The probabilistic relevance framework: BM25 and beyond", equation 3.15, with the inverse document
/// frequency ln(1 + (N - n + 0.5) / (n + 0.5)) that Lucene uses: it is never negative.
public struct BM25: Sendable {
  /// Term frequency saturation: how quickly repetitions of a word stop to add to the score.
  public let k1: Double
  /// Length normalisation, 0 (none) to 1 (full).
  public let b: Double

  /// Frequencies of the words of each text.
  private let frequencies: [[String: Int]]
  private let lengths: [Double]
  private let averageLength: Double
  /// The number of texts that contain each word.
  private let documents: [String: Int]

  /// Counts the words of `texts`.
  public init(_ texts: [[String]], k1: Double = 1.2, b: Double = 0.75) {
    self.k1 = k1
    self.b = b
    frequencies = texts.map { words in
      words.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
    lengths = texts.map { Double($0.count) }
    averageLength = texts.isEmpty ? 0 : lengths.reduce(0, +) / Double(texts.count)
    documents = frequencies.reduce(into: [:]) { counts, words in
      for word in words.keys { counts[word, default: 0] += 1 }
    }
  }

  /// The inverse document frequency of a word; 0 for a word in no text.
  public func inverseDocumentFrequency(_ word: String) -> Double {
    guard let count = documents[word] else { return 0 }
    return log(1 + (Double(frequencies.count - count) + 0.5) / (Double(count) + 0.5))
  }

  /// The score of every text for a query; a word that occurs twice in the query counts twice.
  public func scores(_ query: [String]) -> [Double] {
    var scores = [Double](repeating: 0, count: frequencies.count)
    guard averageLength > 0 else { return scores }
    for word in query {
      let weight = inverseDocumentFrequency(word)
      guard weight > 0 else { continue }
      for (place, words) in frequencies.enumerated() {
        guard let frequency = words[word] else { continue }
        let length = k1 * (1 - b + b * lengths[place] / averageLength)
        scores[place] += weight * Double(frequency) / (length + Double(frequency))
      }
    }
    return scores
  }
}

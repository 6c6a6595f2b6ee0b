import ModelFiles

/// Finds the told statements that match a question (BM25): the plain-text baseline that a memory has to beat at equal
/// cost in tokens.
public struct TextRetriever: Sendable {
  /// The told texts, in order: whole statements, and documents in pieces.
  public let chunks: [String]
  private let ranking: BM25

  /// Chunks as they are.
  public init(chunks: [String]) {
    self.chunks = chunks
    ranking = BM25(chunks.map(Self.words))
  }

  /// The contents of a memory after `tellings`: texts of more than `maximum` tokens are split at sentences, and texts
  /// of forgotten sources are left out.
  public init(
    _ tellings: [Telling], maximum: Int = 48, countTokens: (String) -> Int
  ) {
    var chunks: [(text: String, source: ByteString?)] = []
    for telling in tellings {
      switch telling.kind {
      case .forget:
        if let source = telling.source { chunks.removeAll { $0.source == source } }
      case .statement, .fact, .document:
        for piece in TextPieces.split(telling.text, maximum: maximum, countTokens: countTokens) {
          chunks.append((piece, telling.source))
        }
      }
    }
    self.init(chunks: chunks.map(\.text))
  }

  private static func words(_ text: String) -> [String] {
    AnswerText.words(text).map(String.init)
  }

  /// The chunks that match a query best, in the order in which they were told, of at most `budget` tokens together.
  ///
  /// Chunks that share no word with the query are never taken. Of equally good ones the later comes first, since later
  /// statements may replace earlier ones; one that no longer fits is skipped.
  ///
  /// - Parameter limit: the most chunks; nil for as many as the budget takes.
  public func best(
    for query: String, budget: Int, limit: Int? = nil, countTokens: (String) -> Int
  ) -> [String] {
    take(ranked(for: query), budget: budget, limit: limit, countTokens: countTokens)
  }

  /// The chunk that matches a query best; nil where none shares a word with it.
  public func first(for query: String) -> String? {
    ranked(for: query).first.map { chunks[$0] }
  }

  private func ranked(for query: String) -> [Int] {
    let scores = ranking.scores(Self.words(query))
    return chunks.indices.filter { scores[$0] > 0 }
      .sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 > $1 }
  }

  /// Chunks drawn at random, of at most `budget` tokens together: the baseline for the search.
  public func random(
    seed: UInt64, budget: Int, limit: Int? = nil, countTokens: (String) -> Int
  ) -> [String] {
    var random = SuiteRandom(seed, "retrieval")
    return take(
      random.shuffled(Array(chunks.indices)), budget: budget, limit: limit,
      countTokens: countTokens)
  }

  private func take(
    _ order: [Int], budget: Int, limit: Int?, countTokens: (String) -> Int
  ) -> [String] {
    var rest = budget
    var taken: [Int] = []
    for place in order where rest > 0 && taken.count < limit ?? .max {
      let size = max(1, countTokens(chunks[place]))
      guard size <= rest else { continue }
      rest -= size
      taken.append(place)
    }
    return taken.sorted().map { chunks[$0] }
  }
}

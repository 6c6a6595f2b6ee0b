import Foundation
import MnemeEvaluation
import ModelFiles
import Testing

@Suite("Retrieval of text")
struct TextRetrieverTests {
  private struct Golden: Decodable {
    var k1: Double
    var b: Double
    var texts: [[String]]
    var queries: [[String]]
    var lucene: [[Double]]
    var words: [String]
    var plus: [[Double]]
  }

  private func golden() throws -> Golden {
    let path = try SuiteWork.fixture("bm25.json")
    return try JSONDecoder().decode(
      Golden.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }

  @Test("Scores are those of bm25s with Lucene's formula")
  func lucene() throws {
    let golden = try golden()
    let ranking = BM25(golden.texts, k1: golden.k1, b: golden.b)
    for (query, expected) in zip(golden.queries, golden.lucene) {
      for (score, other) in zip(ranking.scores(query), expected) {
        #expect(abs(score - other) < 1e-9, "\(query)")
      }
    }
    #expect(golden.queries.count == 28)
  }

  @Test("A word's share is that of rank_bm25, its own weight of the word aside")
  func plus() throws {
    let golden = try golden()
    let ranking = BM25(golden.texts)
    for (word, expected) in zip(golden.words, golden.plus) {
      let count = Double(golden.texts.filter { $0.contains(word) }.count)
      let weight = log((Double(golden.texts.count) + 1) / count)
      for (score, other) in zip(ranking.scores([word]), expected) {
        let own = score / ranking.inverseDocumentFrequency(word)
        #expect(abs(own * (golden.k1 + 1) * weight - other) < 1e-9)
      }
    }
  }

  @Test("No text, empty texts, and words that all share")
  func edges() {
    #expect(BM25([]).scores(["a"]).isEmpty)
    #expect(BM25([[], []]).scores(["a"]) == [0, 0])
    let all = BM25([["a"], ["a", "b"]])
    #expect(all.scores(["a"]).allSatisfy { $0 > 0 })
    #expect(all.inverseDocumentFrequency("c") == 0)
  }

  private let words: (String) -> Int = { $0.split(separator: " ").count }

  @Test("Best first until the budget is full, then in told order")
  func best() {
    let retriever = TextRetriever(chunks: [
      "the dog of Ann is called Rex", "it rained", "Ann lives in Oslo", "the cat of Bob is Tom",
      "Ann has a dog",
    ])
    #expect(
      retriever.best(for: "What is Ann's dog called?", budget: 100, countTokens: words)
        == ["the dog of Ann is called Rex", "the cat of Bob is Tom", "Ann has a dog"])
    #expect(
      retriever.best(for: "dog Ann", budget: 9, countTokens: words)
        == ["Ann lives in Oslo", "Ann has a dog"])
    #expect(retriever.best(for: "dog Ann", budget: 4, countTokens: words) == ["Ann has a dog"])
    #expect(retriever.best(for: "dog", budget: 0, countTokens: words).isEmpty)
    #expect(retriever.best(for: "", budget: 9, countTokens: words).isEmpty)
    #expect(retriever.best(for: "whale", budget: 9, countTokens: words).isEmpty)
  }

  @Test("Of equally good ones the later comes first")
  func ties() {
    let retriever = TextRetriever(chunks: ["key is one", "key is two"])
    #expect(retriever.best(for: "key", budget: 3, countTokens: words) == ["key is two"])
  }

  @Test("Drawn at random: by seed, within the budget, in told order")
  func random() {
    let chunks = (0..<50).map { "sentence number \($0)" }
    let retriever = TextRetriever(chunks: chunks)
    let drawn = retriever.random(seed: 1, budget: 30, countTokens: words)
    #expect(drawn.count == 10)
    #expect(drawn == chunks.filter(drawn.contains))
    #expect(drawn == retriever.random(seed: 1, budget: 30, countTokens: words))
    #expect(drawn != retriever.random(seed: 2, budget: 30, countTokens: words))
    #expect(retriever.random(seed: 1, budget: 1000, countTokens: words) == chunks)
  }

  @Test("Statements stay, documents are split at sentences, what is forgotten is gone")
  func tellings() {
    let document = "One two three. Four five! Six seven eight nine ten eleven? \"Twelve.\" Thirteen"
    let retriever = TextRetriever(
      [
        Telling(.statement, "I am Ann. I live here.", source: "a"),
        Telling(.document, document), Telling(.fact, "The sky is", answer: "blue", source: "b"),
        Telling(.forget, "", source: "a"),
      ], maximum: 5, countTokens: words)
    #expect(
      retriever.chunks == [
        "One two three. Four five!", "Six seven eight nine ten", "eleven? \"Twelve.\" Thirteen",
        "The sky is",
      ])
    let pieces = TextPieces.split(document, maximum: 48, countTokens: words)
    #expect(pieces == [document])
    #expect(TextPieces.split(" \n ", maximum: 4, countTokens: words).isEmpty)
  }

  @Test(
    "Sentences",
    arguments: [
      ("A b. C d", ["A b.", "C d"]),
      ("He said \"no.\" Then he left", ["He said \"no.\"", "Then he left"]),
      ("3.14 is pi. Yes", ["3.14 is pi.", "Yes"]), ("a\nb\n\nc", ["a", "b", "c"]), ("...", ["..."]),
      ("", []),
    ])
  func sentences(text: String, expected: [String]) {
    #expect(TextPieces.sentences(text) == expected)
  }

  @Test("Pieces are no longer than they may be, and hold every word in order")
  func pieces() throws {
    let story = try SuiteWork.texts(SuiteOptions(lengths: [1500]))[0].text
    let pieces = TextPieces.split(story, maximum: 48, countTokens: words)
    #expect(pieces.allSatisfy { words($0) <= 48 })
    #expect(pieces.joined(separator: " ") == story)
    #expect(pieces.count < words(story) / 24)
  }
}

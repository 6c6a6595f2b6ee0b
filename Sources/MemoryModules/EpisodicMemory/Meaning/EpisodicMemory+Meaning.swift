import Foundation
public import Memory
import Tensors
import Tokenization
import Transformer

extension EpisodicMemory {
  /// The form in which facts in scope stand in the user's message.
  public var recallForm: RecallForm? {
    configuration.readout == .text ? configuration.form : nil
  }

  /// The vector of a fact; empty when meanings are not compared.
  func meaning(of record: FactRecord) -> [Float] {
    meaningEncoder?.encode(record.text ?? decoded(record.tokens)) ?? []
  }

  /// A fact with what it has in common with a question.
  private struct Candidate {
    let index: Int  // in the ledger
    var overlap: Overlap
    var cosine: Float
    var score: Float
  }

  /// The facts that match a question best by words and meaning together, best first, with how sure each is.
  ///
  /// A message of several sentences is searched sentence by sentence, and each fact counts with its best one.
  func recallByMeaning(_ question: [Int32], limit: Int) -> [RecalledFact] {
    var best: [Int: (probability: Float, fact: RecalledFact)] = [:]
    for sentence in Self.sentences(decoded(Self.tail(of: question[...]))) {
      for (probability, index) in matches(sentence, limit: limit) {
        let record = state.ledger.records[index]
        guard best[record.id].map({ $0.probability < probability }) ?? true else { continue }
        let certainty = configuration.textScope.certainty(probability)
        best[record.id] = (
          probability,
          RecalledFact(
            fact: fact(record), scope: Double(probability), isInScope: certainty == .sure,
            certainty: certainty, statement: state.ledger.statement(of: record.id))
        )
      }
    }
    return best.values.sorted {
      ($0.probability, $0.fact.fact.id) > ($1.probability, $1.fact.fact.id)
    }.prefix(limit).map(\.fact)
  }

  /// The last sentences of a message, which are searched one by one.
  private static func sentences(_ text: String) -> [String] {
    var scanner = SentenceScanner()
    var sentences: [String] = [""]
    for character in text {
      if scanner.reads(Array(String(character).utf8)) { sentences.append("") }
      sentences[sentences.count - 1].append(character)
    }
    let said = sentences.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
      .filter { $0.contains { $0.isLetter || $0.isNumber } }
    return Array(said.suffix(4))
  }

  /// The best facts for one sentence: probability that it is about them, and their place in the ledger.
  private func matches(_ sentence: String, limit: Int) -> [(Float, Int)] {
    let stems = WordSplitter.stems(of: sentence)
    let found = ranked(Set(stems), sentence)
    let kind = QuestionKind(sentence, stems: stems)
    let total = found.total
    return found.candidates.prefix(limit).enumerated().map { place, candidate in
      // What comes after the best is behind it by that much.
      let rival =
        place == 0 ? found.candidates.dropFirst().first?.score : found.candidates.first?.score
      let features = TextScope.Features(
        overlap: candidate.overlap.shared, cosine: candidate.cosine,
        margin: candidate.score - (rival ?? 0),
        coverage: total > 0 ? min(1, candidate.overlap.covered / total) : 0,
        isFirstPerson: kind.isFirstPerson, isPossessive: kind.isPossessive,
        isQuestion: kind.isQuestion, length: stems.count)
      return (configuration.textScope(features), candidate.index)
    }
  }

  /// All readable facts by their joint score, best first and of equals the newest, and the rarity of the question's words.
  private func ranked(
    _ words: Set<String>, _ sentence: String
  ) -> (candidates: [Candidate], total: Float) {
    let ledger = state.ledger
    let (overlaps, total) = overlaps(words)
    let meaning = meaningEncoder?.encode(sentence)
    var candidates: [Candidate] = []
    for (index, record) in ledger.records.enumerated()
    where record.id < state.readable && ledger.isCurrent(record.id) {
      var cosine: Float = 0
      if let meaning, record.meaning.count == meaning.count {
        cosine = LinearAlgebra.dot(meaning, record.meaning, count: meaning.count)
      }
      let overlap = overlaps[record.id] ?? Overlap()
      guard overlap.shared > 0 || cosine > 0 else { continue }
      candidates.append(
        Candidate(
          index: index, overlap: overlap, cosine: cosine,
          score: overlap.shared + configuration.textScope.meaningWeight * cosine
            - (isQuestion(record) ? Self.questionPenalty : 0)))
    }
    candidates.sort { ($0.score, $0.index) > ($1.score, $1.index) }
    return (candidates, total)
  }

  /// Nats that a fact loses that is itself a question.
  private static let questionPenalty: Float = 1

  private func isQuestion(_ record: FactRecord) -> Bool {
    decoded(Array(record.tokens.suffix(2))).contains("?")
  }

  /// What a fact has in common with the words of a question, nats.
  private struct Overlap {
    /// Worth of the words and concepts both contain.
    var shared: Float = 0
    /// Worth of the question's words that the fact contains, or another word for.
    var covered: Float = 0
    /// The concepts of the words both contain.
    var concepts: Set<Int> = []
  }

  /// What each fact, by id, has in common with a question, and the worth of all the question's words.
  private func overlaps(_ words: Set<String>) -> (byFact: [Int: Overlap], total: Float) {
    let ledger = state.ledger
    let rarity = WordRarity(facts: ledger.count)
    var overlaps: [Int: Overlap] = [:]
    var total: Float = 0
    // In a fixed order: a sum in a set's order would change from run to run.
    let words = words.sorted()
    var holders: [Int: Set<Int>] = [:]  // the facts with a concept
    for concept in Set(words.flatMap { Concepts.ofWord[$0] ?? [] }) {
      holders[concept] = Set(Concepts.members[concept].flatMap { ledger.facts(with: $0) })
    }
    for word in words {
      let ids = ledger.facts(with: word)
      let worth = rarity.word(word, count: ids.count)
      total += worth
      let concepts = Concepts.ofWord[word] ?? []
      for id in ids {
        overlaps[id, default: Overlap()].shared += worth
        overlaps[id]?.concepts.formUnion(concepts)
      }
      for id in concepts.reduce(into: Set(ids), { $0.formUnion(holders[$1] ?? []) }) {
        overlaps[id, default: Overlap()].covered += worth
      }
    }
    for concept in holders.keys.sorted() {
      let ids = holders[concept] ?? []
      let worth = rarity.concept(concept, count: ids.count)
      for id in ids where overlaps[id]?.concepts.contains(concept) != true {
        overlaps[id, default: Overlap()].shared += worth
      }
    }
    return (overlaps, total)
  }
}

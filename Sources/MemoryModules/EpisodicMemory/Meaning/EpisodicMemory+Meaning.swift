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

  public var copyWeight: Float { configuration.readout == .text ? configuration.copying : 0 }

  /// The vector of a fact; empty when meanings are not compared.
  func meaning(of record: FactRecord) -> [Float] {
    meaningEncoder?.encode(record.text ?? decoded(record.tokens)) ?? []
  }

  /// The facts that match a question best by words and meaning together, best first, with how sure each is.
  ///
  /// A message of several sentences is searched sentence by sentence, and each fact counts with its best one.
  func recallByMeaning(_ question: [Int32], limit: Int) -> [RecalledFact] {
    var best: [Int: (probability: Float, fact: RecalledFact)] = [:]
    for sentence in Self.sentences(decoded(Self.tail(of: question[...]))) {
      for match in matches(sentence, limit: limit) {
        let record = state.ledger.records[match.index]
        guard best[record.id].map({ $0.probability < match.probability }) ?? true else { continue }
        let certainty = configuration.textScope.certainty(match.probability)
        best[record.id] = (
          match.probability,
          RecalledFact(
            fact: fact(record), scope: Double(match.probability), isInScope: certainty == .sure,
            certainty: certainty, statement: statement(ofIndex: match.index),
            evidence: match.evidence)
        )
      }
    }
    return best.values.sorted {
      ($0.probability, $0.fact.fact.id) > ($1.probability, $1.fact.fact.id)
    }.prefix(limit).map(\.fact)
  }

  /// What a fact says by itself, or else its words.
  func told(ofIndex index: Int) -> String {
    statement(ofIndex: index) ?? state.ledger.text(of: state.ledger.records[index])
  }

  /// What a fact says by itself: a correction with its subject, a sentence about "her" with the one that names her.
  private func statement(ofIndex index: Int) -> String? {
    let ledger = state.ledger
    let record = ledger.records[index]
    if let statement = ledger.statement(of: record.id) { return statement }
    guard let before = ledger.antecedent(ofIndex: index) else { return nil }
    let subject = ledger.records[before]
    return (ledger.statement(of: subject.id) ?? ledger.text(of: subject)) + " "
      + ledger.text(of: record)
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

  /// A fact that one sentence may be about.
  private struct Match {
    /// That it is.
    var probability: Float
    /// Its place in the ledger.
    let index: Int
    let features: TextScope.Features
    /// Of the question after it (`Candidate.likelihood`).
    let likelihood: Float

    /// What the probability rests on, by name.
    var evidence: [String: Double] {
      var evidence = features.evidence
      if likelihood != 0 { evidence["likelihood"] = Double(likelihood) }
      return evidence
    }
  }

  /// The best facts for one sentence.
  private func matches(_ sentence: String, limit: Int) -> [Match] {
    let kind = QuestionKind(sentence)
    var found = ranked(sentence, kind)
    found.candidates = weighed(found.candidates, for: sentence)
    var matches = found.candidates.prefix(limit).enumerated().map { place, candidate in
      // What comes after the best is behind it by that much.
      let rival =
        place == 0 ? found.candidates.dropFirst().first?.score : found.candidates.first?.score
      let features = TextScope.Features(
        overlap: candidate.overlap.shared, cosine: candidate.cosine,
        margin: candidate.score - (rival ?? 0),
        coverage: found.total > 0 ? min(1, candidate.overlap.covered / found.total) : 0,
        isFirstPerson: kind.isFirstPerson, isPossessive: kind.isPossessive,
        isQuestion: kind.isQuestion, length: kind.stems.count, mismatch: candidate.mismatch,
        offersAnswer: !kind.answers.isDisjoint(with: candidate.answers),
        sharesPerson: !kind.people.isDisjoint(with: candidate.people),
        sharesName: kind.names.contains { state.ledger.profiles[candidate.index].words[$0] != nil },
        isSecondPerson: kind.isSecondPerson)
      return Match(
        probability: configuration.textScope(features), index: candidate.index,
        features: features, likelihood: candidate.likelihood)
    }
    // What the best fact is about is what was asked about; a newer one about it answers in its place.
    if let update = update(of: found.candidates, for: kind), let best = matches.first {
      let own = matches.first { $0.index == update.index } ?? best
      matches.removeAll { $0.index == update.index }
      matches[0].probability = 0
      matches.insert(
        Match(
          probability: best.probability, index: update.index, features: own.features,
          likelihood: own.likelihood), at: 0)
    }
    return matches
  }
}

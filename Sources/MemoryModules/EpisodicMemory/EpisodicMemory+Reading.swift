import Foundation
public import Memory
import Tensors
import Tokenization
import Transformer

extension EpisodicMemory: AssociativeModule {
  public static var featureNames: [String] { Feature.names }

  public var readsAnswers: Bool { configuration.readout.votes }

  public func read(_ input: ReadInput) -> [Reading?] {
    guard let text = input.text, readsAnswers || !text.mode.isAnswer else {
      return [Reading?](repeating: nil, count: input.rows)
    }
    var question: [FactMatch]?  // the same for all rows after one prompt
    return (0..<input.rows).map { row in
      let position = text.positions[row]
      let key = input.keys[row * context.keyColumns..<(row + 1) * context.keyColumns]
      guard key.allSatisfy(\.isFinite) else { return nil }
      if let start = text.mode.answerStart {
        // Inside the prompt there is no answer to predict yet.
        guard position >= start - 1, start >= 0 else { return nil }
        let matches = question ?? asked(Self.tail(of: text.question))
        question = matches
        return answer(matches, key: key, text: text, position: position, start: start)
      }
      // Plain text has no question: the last words serve as one, and the read-out gate alone decides.
      let first = max(0, position + 1 - configuration.streamWindow)
      let matches = candidates(
        for: Array(text.tokens[first...position]), limit: configuration.voters, holding: false)
      return reading(matches, key: key, tokens: text.tokens[...position], isAnswer: false)
    }
  }

  // MARK: - Scope

  /// The part of a question that is searched for: its last tokens, since a long message usually asks at its end.
  static func tail(of question: ArraySlice<Int32>) -> [Int32] { Array(question.suffix(256)) }

  /// The facts that match some tokens best, sentence by sentence; each fact counts with its best sentence.
  ///
  /// - Parameter holding: only facts that hold: neither told again nor corrected since.
  func candidates(for tokens: [Int32], limit: Int, holding: Bool = true) -> [FactMatch] {
    let words = state.ledger.splitter.words(tokens)
    var best: [Int: FactMatch] = [:]
    var start = words.startIndex
    while start < words.endIndex {
      let end =
        words[start...].firstIndex { $0.sentence != words[start].sentence } ?? words.endIndex
      let sentence = words[start..<end]
      let ids = indexed(sentence)
      for match in state.ledger.matches(
        sentence, limit: limit, among: ids, holdingBefore: holding ? state.readable : nil)
      where match.id < state.readable {
        if best[match.id].map({ configuration.scope.logit($0) < configuration.scope.logit(match) })
          ?? true
        {
          best[match.id] = match
        }
      }
      start = end
    }
    return best.values.sorted {
      (configuration.scope.logit($0), $0.id) > (configuration.scope.logit($1), $1.id)
    }.prefix(limit).map { $0 }
  }

  /// The facts that the least-squares index, or whoever keeps the ledger, returns for a sentence; nil when the ledger itself is
  /// searched.
  private func indexed(_ sentence: ArraySlice<Word>) -> Set<Int>? {
    if let addressing { return addressing.factsRead(for: sentence, meaning: nil) }
    guard let index = state.index else { return nil }
    let latent = state.ledger.encoder.encode(FactProfile.unique(sentence))
    let answer = index.read(latent)
    var scored: [(score: Float, id: Int)] = []
    for (record, profile) in zip(state.ledger.records, state.ledger.profiles)
    where record.id < state.readable {
      scored.append(
        (LinearAlgebra.dot(answer, profile.latent, count: answer.count), record.id))
    }
    scored.sort { ($0.score, $0.id) > ($1.score, $1.id) }
    return Set(scored.prefix(configuration.voters).map(\.id))
  }

  /// The facts a question is about: those in scope, without those with a clearly lower probability than the best, and
  /// of contradicting ones only the newest. Where the words that are shared select none, words for the same thing may.
  func inScope(_ question: [Int32]) -> [FactMatch] {
    let found = inScopeByWords(question)
    return found.isEmpty ? inScopeByMeaning(question) : found
  }

  private func inScopeByWords(_ question: [Int32]) -> [FactMatch] {
    let gate = configuration.scope
    let found = candidates(for: question, limit: 4 * configuration.voters)
      .filter { gate($0) >= gate.threshold }
    let current = found.filter { match in
      !found.contains { $0.id > match.id && says($0.id, otherThan: match.id) }
    }
    guard let best = current.first else { return [] }
    return Array(
      current.prefix { gate.logit($0) >= gate.logit(best) - 2 }.prefix(configuration.voters))
  }

  /// The fact that fits best by words for the same thing and by what is asked for, if that is sure.
  private func inScopeByMeaning(_ question: [Int32]) -> [FactMatch] {
    guard let best = recallByMeaning(question, limit: 1).first, best.certainty == .sure else {
      return []
    }
    let shared = Float(best.evidence["overlap"] ?? 0)
    return [FactMatch(id: best.fact.id, cueCoverage: 1, questionCoverage: 1, shared: shared)]
  }

  /// The same with a memo of the last question, since every token of an answer asks for it.
  private func asked(_ question: [Int32]) -> [FactMatch] {
    if let lastAsked, lastAsked.version == version, lastAsked.question == question {
      return lastAsked.matches
    }
    let matches = inScope(question)
    lastAsked = (question, version, matches)
    return matches
  }

  /// Whether a fact has the same subject as an older one and so replaces it.
  private func says(_ newer: Int, otherThan older: Int) -> Bool {
    guard let new = state.ledger.index(of: newer), let old = state.ledger.index(of: older) else {
      return false
    }
    return isSame(
      state.ledger.records[new], state.ledger.profiles[new], state.ledger.records[old],
      state.ledger.profiles[old])
  }

  // MARK: - Votes

  private func answer(
    _ matches: [FactMatch], key: ArraySlice<Float>, text: TextWindow, position: Int, start: Int
  ) -> Reading? {
    guard let best = matches.first, let index = state.ledger.index(of: best.id) else {
      return nil
    }
    let record = state.ledger.records[index]
    if let given = record.answer?.tokens {
      let said = text.tokens[start..<max(start, position + 1)]
      if let reading = self.reading(given: given, of: record, best, said: said) { return reading }
      // Said to its end; without a token that ends a turn, the model goes on by itself.
      if said.starts(with: given) { return nil }
    }
    // Facts that people stated answer questions. Sentences from documents only get the gate that was fitted on
    // documents.
    let said = matches.filter { match in
      state.ledger.index(of: match.id).map {
        state.ledger.records[$0].isTold || state.ledger.records[$0].provenance.role != .document
      } ?? false
    }
    return reading(
      said.isEmpty ? matches : said, key: key, tokens: text.tokens[...position],
      isAnswer: !said.isEmpty, start: start)
  }

  private struct Pair: Hashable {
    let first: Int32
    let second: Int32
  }

  private struct Ballot {
    let record: Int
    let row: Int
    let cosine: Float
    let matched: Int
    let score: Float
  }

  /// The votes of some facts' tokens for the next token.
  private func reading(
    _ matches: [FactMatch], key: ArraySlice<Float>, tokens: ArraySlice<Int32>, isAnswer: Bool,
    start: Int? = nil
  ) -> Reading? {
    var ballots: [Ballot] = []
    // Pairs of tokens that the answer already contains: a fact is stated once, not repeatedly.
    let answer = start.map { tokens[min($0, tokens.endIndex)...] } ?? []
    let said = Set(zip(answer, answer.dropFirst()).map { Pair(first: $0, second: $1) })
    for match in matches {
      guard let index = state.ledger.index(of: match.id) else { continue }
      let credit = isAnswer ? log(max(1e-6, configuration.scope(match))) : 0
      let record = state.ledger.records[index]
      ballots += self.ballots(of: index, key: key, tokens: tokens, credit: credit).filter {
        $0.row == 0
          ? !answer.contains(record.tokens[0])
          : !said.contains(Pair(first: record.tokens[$0.row - 1], second: record.tokens[$0.row]))
      }
    }
    guard let best = ballots.max(by: { $0.score < $1.score }) else { return nil }
    let powers = ballots.map { exp($0.score - best.score) }
    let total = powers.reduce(0, +)
    var slots: [Int32: Int] = [:]
    var words: [Int32] = []
    var probabilities: [Float] = []
    var votes: [Reading.Vote] = []
    for (ballot, power) in zip(ballots, powers) where power / total > 1e-6 {
      let record = state.ledger.records[ballot.record]
      let token = record.tokens[ballot.row]
      let weight = power / total
      votes.append(
        .init(journal: Int(record.journal[ballot.row]), token: token, weight: weight))
      if let slot = slots[token] {
        probabilities[slot] += weight
      } else {
        slots[token] = words.count
        words.append(token)
        probabilities.append(weight)
      }
    }
    let sum = probabilities.reduce(0, +)
    for index in probabilities.indices { probabilities[index] /= sum }
    votes.sort { $0.weight > $1.weight }
    let ranked = probabilities.sorted(by: >)
    let margin = ranked[0] - (ranked.count > 1 ? ranked[1] : 0)
    let cosine = ballots.reduce(Float(-1)) { max($0, $1.cosine) }
    let matched = Float(best.matched)
    let shared = min(30, matches.first?.shared ?? 0) / 10
    let scope = matches.first.map { configuration.scope($0) } ?? 0
    let features: FeatureVector<Feature> =
      isAnswer
      ? .init([
        .answering: 1, .scope: scope, .bestCosineAnswering: cosine, .matchAnswering: matched,
        .margin: margin,
      ])
      : .init([
        .bestCosineReading: cosine, .bestCosineReadingSquared: cosine * cosine,
        .matchReading: matched, .sharedWords: shared, .margin: margin,
      ])
    return Reading(
      distribution: .sparse(tokens: words, probabilities: probabilities),
      features: features.values, votes: Array(votes.prefix(8)))
  }

  private func ballots(
    of index: Int, key: ArraySlice<Float>, tokens: ArraySlice<Int32>, credit: Float
  ) -> [Ballot] {
    let record = state.ledger.records[index]
    let columns = context.keyColumns
    return record.keys.withUnsafeBufferPointer { keys in
      key.withUnsafeBufferPointer { query in
        guard let keys = keys.baseAddress, let query = query.baseAddress else { return [] }
        return (0..<record.count).map { row in
          let cosine = LinearAlgebra.dot(keys + row * columns, query, count: columns)
          var matched = 0
          while matched < 4, row - matched > 0, tokens.count > matched,
            record.tokens[row - 1 - matched] == tokens[tokens.endIndex - 1 - matched]
          { matched += 1 }
          return Ballot(
            record: index, row: row, cosine: cosine, matched: matched,
            score: configuration.sharpness * cosine + configuration.matchBonus * Float(matched)
              + credit)
        }
      }
    }
  }
}

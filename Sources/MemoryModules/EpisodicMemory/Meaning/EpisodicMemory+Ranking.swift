import Memory
import Tensors

extension EpisodicMemory {
  /// A fact with what it has in common with a question.
  struct Candidate {
    /// In the ledger.
    let index: Int
    let overlap: Overlap
    /// Of the meanings, 0 without them.
    let cosine: Float
    /// What speaks against it, nats.
    let mismatch: Float
    /// The kinds of answers it offers.
    let answers: AnswerKinds
    /// The relatives, friends and animals it is about (`PersonWords.group`).
    let people: Set<Int>
    /// All of it together, nats.
    var score: Float
    /// How much of that the question's likelihood after the fact took or gave, nats (`QuestionLikelihood`).
    var likelihood: Float = 0
  }

  /// What a fact has in common with the words of a question, nats.
  struct Overlap {
    /// Worth of the words and concepts both contain.
    var shared: Float = 0
    /// Worth of the question's words that the fact contains, or another word for.
    var covered: Float = 0
    /// The concepts of the words both contain.
    var concepts: Set<Int> = []

    mutating func add(_ worth: Float, covering question: Float) {
      shared += worth
      covered += question
    }
  }

  /// Nats that a fact loses that is itself a question.
  private static let questionPenalty: Float = 1

  /// All readable facts by their joint score, best first and of equals the newest, and the rarity of the question's words.
  func ranked(
    _ sentence: String, _ kind: QuestionKind
  ) -> (candidates: [Candidate], total: Float) {
    let ledger = state.ledger
    let words = Set(kind.stems)
    let rarity = WordRarity(facts: ledger.count)
    let (overlaps, total) = overlaps(words, rarity)
    let meaning = meaningEncoder?.encode(sentence)
    let age = rarity.word("old", count: ledger.facts(with: "old").count)
    let name = rarity.word("name", count: ledger.facts(with: "name").count)
    let corrected = meaning == nil ? [:] : ledger.corrected
    let chosen = meaning.flatMap { finder?($0) }
    var candidates: [Candidate] = []
    for (index, record) in ledger.records.enumerated()
    where record.id < state.readable && ledger.isCurrent(record.id) {
      guard chosen?.contains(record.id) ?? true else { continue }
      let traits = ledger.profiles[index].traits
      let before = ledger.antecedent(ofIndex: index)
      var cosine: Float = 0
      if let meaning {
        cosine = self.cosine(meaning, index, before)
        // "No, it's Bo" says what it is about by what it corrects.
        for place in corrected[record.id] ?? [] {
          cosine = max(cosine, self.cosine(meaning, place, nil))
        }
      }
      var overlap = overlaps[record.id] ?? Overlap()
      // "I am 42" contains no word for an age.
      if kind.answers.contains(.age), traits.answers.contains(.age) {
        overlap.add(age, covering: words.isDisjoint(with: ["old", "age"]) ? 0 : age)
      }
      // "I'm Ines" contains none for a name.
      if kind.asksOwnName, traits.namesUser, overlap.shared < name {
        overlap.add(name, covering: total - overlap.covered)
      }
      let people = traits.people.union(before.map { ledger.profiles[$0].traits.people } ?? [])
      let mismatch =
        Mismatch.nats(kind, traits, people: people)
        + (traits.isQuestion ? Self.questionPenalty : 0)
      // A name answers the question for it without a word in common.
      guard overlap.shared > 0 || cosine > 0 || mismatch < 0 else { continue }
      candidates.append(
        Candidate(
          index: index, overlap: overlap, cosine: cosine, mismatch: mismatch,
          answers: traits.answers,
          people: people,
          score: overlap.shared + configuration.textScope.meaningWeight * cosine - mismatch))
    }
    return (Self.inOrder(candidates), total)
  }

  /// By their score, best first and of equals the newest.
  static func inOrder(_ candidates: [Candidate]) -> [Candidate] {
    candidates.sorted { ($0.score, $0.index) > ($1.score, $1.index) }
  }

  /// The cosine of a question's meaning and a fact's, or the fact's together with that of the sentence that names its
  /// subject: the mean of both vectors.
  private func cosine(_ meaning: [Float], _ index: Int, _ before: Int?) -> Float {
    let own = state.ledger.records[index].meaning
    guard own.count == meaning.count else { return 0 }
    let count = meaning.count
    let cosine = LinearAlgebra.dot(meaning, own, count: count)
    guard let before, state.ledger.records[before].meaning.count == count else { return cosine }
    let other = state.ledger.records[before].meaning
    let length = (2 + 2 * LinearAlgebra.dot(own, other, count: count)).squareRoot()
    guard length > 1e-3 else { return cosine }
    return (cosine + LinearAlgebra.dot(meaning, other, count: count)) / length
  }

  /// What each fact, by id, has in common with a question, and the worth of all the question's words.
  private func overlaps(
    _ words: Set<String>, _ rarity: WordRarity
  ) -> (byFact: [Int: Overlap], total: Float) {
    let ledger = state.ledger
    var overlaps: [Int: Overlap] = [:]
    var total: Float = 0
    // In a fixed order: a sum in a set's order would change from run to run.
    let words = words.sorted()
    var holders: [Int: Set<Int>] = [:]  // the facts with a concept
    for concept in Set(words.flatMap { Concepts.ofWord[$0] ?? [] }) {
      holders[concept] = ledger.withDependents(
        Set(Concepts.members[concept].flatMap { ledger.facts(with: $0) }))
    }
    for word in words {
      let ids = ledger.facts(with: word)
      let worth = rarity.word(word, count: ids.count)
      total += worth
      let concepts = Concepts.ofWord[word] ?? []
      let holding = ledger.withDependents(Set(ids))
      for id in holding {
        overlaps[id, default: Overlap()].shared += worth
        overlaps[id]?.concepts.formUnion(concepts)
      }
      for id in concepts.reduce(into: holding, { $0.formUnion(holders[$1] ?? []) }) {
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

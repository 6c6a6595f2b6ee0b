import Tensors

/// What was said later about the same thing, in whatever words: "I've moved the bike, it's by the museum now" answers for "I
/// left my bike at the bakery", though nothing says that one corrects the other.
///
/// `FactStandings` retires what a correction surely replaces. Here nothing is retired: only the question's answer is taken
/// from the newer of two facts about one thing.
extension EpisodicMemory {
  /// The cosine of two facts about one thing, where their meanings are compared.
  private static let sameThing: Float = 0.35
  /// The same for a fact without a word that says that something has changed.
  private static let surelySameThing: Float = 0.75
  /// What may speak against such a fact beyond what speaks against the first, nats.
  private static let leeway: Float = 2.6
  /// The least rarity of a word by which two facts are about one thing, nats.
  private static let telling: Float = 3.5
  /// How many of the best facts are looked through for a newer one.
  private static let reach = 12

  /// The newest of the best facts that says something new about what the very best is about; nil when that is it itself.
  ///
  /// - Parameters:
  ///   - candidates: best first.
  ///   - kind: the question.
  func update(of candidates: [Candidate], for kind: QuestionKind) -> Candidate? {
    guard let best = candidates.first else { return nil }
    let ledger = state.ledger
    let rarity = WordRarity(facts: ledger.count)
    func worth(_ word: String) -> Float {
      WordRarity.isFunctionWord(word)
        ? 0 : rarity.word(word, count: ledger.facts(with: word).count)
    }
    let told = ledger.profiles[best.index]
    // What the question and the fact have in common names the thing, the rarest word best.
    let subject = Set(kind.stems).filter { told.words[$0] != nil && worth($0) > 0 }
      .max { (worth($0), $0) < (worth($1), $1) }
    return candidates.dropFirst().prefix(Self.reach).filter { other in
      let profile = ledger.profiles[other.index]
      // "The library is out, it's the museum now" says neither whose it is nor of what kind.
      let allowed = best.mismatch + (profile.traits.saysChange ? Self.leeway : 0.1)
      guard ledger.records[other.index].id > ledger.records[best.index].id,
        other.mismatch <= allowed, !profile.traits.isQuestion,
        other.people.isEmpty || !best.people.isEmpty,
        kind.people.intersection(best.people).isSubset(of: other.people)
      else { return false }
      let shared = told.words.keys.filter { profile.words[$0] != nil }
      guard subject.map({ shared.contains($0) }) ?? profile.traits.saysChange,
        shared.contains(where: { worth($0) >= Self.telling })
      else { return false }
      let (one, two) = (ledger.records[best.index].meaning, ledger.records[other.index].meaning)
      guard !one.isEmpty, one.count == two.count else { return profile.traits.saysChange }
      let cosine = LinearAlgebra.dot(one, two, count: one.count)
      return cosine >= (profile.traits.saysChange ? Self.sameThing : Self.surelySameThing)
    }.max { ledger.records[$0.index].id < ledger.records[$1.index].id }
  }
}

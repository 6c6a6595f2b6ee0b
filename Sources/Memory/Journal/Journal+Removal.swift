import ModelFiles
import Transformer

/// A journal without some of its tokens, and the consequences for what was learned from the others.
package struct JournalRemoval: Sendable {
  /// The journal without the removed tokens.
  package var journal: Journal
  /// The new place of each learned token, nil for removed ones.
  package var newPlaces: [Int?]
  /// The first record, by its new number, whose context has changed; the count of records when there is none.
  package var firstChanged: Int
  /// Whether a token that stays was learned after a removed one, in the same context.
  package var concernsOthers: Bool
  /// Tokens of questions and replies that were removed because they may repeat what is forgotten.
  package var contextTokens: Int
}

extension Journal {
  /// Removes learned tokens, and with them whatever may repeat them:
  ///
  /// - everything later in the same conversation that was not learned (questions, replies);
  /// - in every conversation, later generated replies, which a memory may have influenced, and later contexts that the
  ///   journal has nowhere else.
  ///
  /// A commit of which only control tokens are left is removed as a whole. The same text learned elsewhere stays: it is
  /// a separate entry.
  package func removing(_ places: Set<Int>) -> JournalRemoval {
    let gone = Set(places.filter(tokens.indices.contains))
    var removed = marksOfRemoval(gone)
    let context = stream.indices.count { removed[$0] && !marks[$0].isLearnable }
    // The remaining tokens of commits that are removed as a whole.
    for (index, isKept) in keeps(removed).enumerated() where !isKept {
      for position in records[index].range { removed[position] = true }
    }
    var result = Journal()
    var number = [Int](repeating: -1, count: records.count)  // new number of each record
    var changed: Int?
    var concernsOthers = false
    // The conversation, when the previous record lost tokens at its end.
    var carriedOver: ByteString?
    for (index, record) in records.enumerated() {
      let kept = record.range.filter { !removed[$0] }
      let isWhole = kept.count == record.count
      if kept.isEmpty {
        changed = changed ?? result.records.count
        carriedOver = record.provenance.conversation
        continue
      }
      let (parent, keep) = remapped(index, number: number, removed: removed)
      let isMoved = keep != record.keep || !isWhole || leadWent(record, removed)
      // The pair across two commits: the first token's key is the last position of the commit before.
      let joins =
        carriedOver == record.provenance.conversation && record.keep + record.lead == 0
        && marks[record.start].isLearned
      carriedOver =
        !isWhole && removed[record.range.upperBound - 1] ? record.provenance.conversation : nil
      let wasLearned = kept.contains { marks[$0].isLearned }
      let firstGone = record.range.first { removed[$0] } ?? Int.max
      if isMoved || joins {
        changed = changed ?? result.records.count
        let isBehind = keep != record.keep || leadWent(record, removed) || joins
        if wasLearned, isBehind || kept.contains(where: { $0 > firstGone && marks[$0].isLearned }) {
          concernsOthers = true
        }
      }
      var copy = record
      copy.parent = parent
      copy.keep = keep
      copy.lead = kept.count { marks[$0].isLead }
      copy.count = kept.count
      if let fact = record.fact, !isTold(fact, by: index, removed: removed) { copy.fact = nil }
      number[index] = result.records.count
      result.append(
        copy, tokens: kept.map { stream[$0] }, marks: kept.map { marks[$0] },
        surprisals: kept.filter { marks[$0].isLearned }.map { surprisals[place(atOrBehind: $0)] })
    }
    var next = 0
    let newPlaces = tokens.indices.map { place -> Int? in
      guard !gone.contains(place) else { return nil }
      next += 1
      return next - 1
    }
    return JournalRemoval(
      journal: result, newPlaces: newPlaces, firstChanged: changed ?? result.records.count,
      concernsOthers: concernsOthers, contextTokens: context)
  }

  /// Which tokens of the stream are removed, [stream].
  private func marksOfRemoval(_ gone: Set<Int>) -> [Bool] {
    var removed = [Bool](repeating: false, count: stream.count)
    for place in gone { removed[positions[place]] = true }
    // A token that could not be learned, because no token came before it, is removed with the next one.
    for position in stream.indices.dropLast().reversed()
    where marks[position].isLearnable && !marks[position].isLearned && removed[position + 1] {
      removed[position] = true
    }
    var conversations: Set<ByteString> = []
    for record in records {
      let first = record.range.first { removed[$0] }
      let wasHeard = !conversations.isEmpty
      if first != nil { conversations.insert(record.provenance.conversation) }
      let isSame = conversations.contains(record.provenance.conversation)
      for position in record.range where !removed[position] && !marks[position].isLearnable {
        if marks[position].isLead {
          if wasHeard { removed[position] = true }
          continue
        }
        let part = marks[position].part
        guard part != .mark, part != .system else { continue }
        let isLater = wasHeard || first.map { position > $0 } ?? false
        if isLater, isSame || record.provenance.role == .assistant { removed[position] = true }
      }
    }
    return removed
  }

  private func leadWent(_ record: JournalRecord, _ removed: [Bool]) -> Bool {
    (record.start..<record.start + record.lead).contains { removed[$0] }
  }

  /// Which records stay, [records]. A record that lost tokens and has only control tokens left is removed, unless it
  /// ends a turn that is still there, and so is the beginning of a conversation of which nothing else is left.
  private func keeps(_ removed: [Bool]) -> [Bool] {
    var keeps: [Bool] = []
    var lastKept: Provenance?
    for (index, record) in records.enumerated() {
      let kept = record.range.filter { !removed[$0] }
      let isOrphan =
        index > 0 && !keeps[index - 1]
        && record.provenance.conversation == records[index - 1].provenance.conversation
        && record.provenance.turn == records[index - 1].provenance.turn
      let isHit = kept.count < record.count || isOrphan
      keeps.append(!isHit || deserves(kept, record, after: lastKept))
      if keeps[index], record.provenance.role != .system { lastKept = record.provenance }
    }
    var alive: Set<ByteString> = []
    var hit: Set<ByteString> = []
    for (index, record) in records.enumerated() {
      if !keeps[index] { hit.insert(record.provenance.conversation) }
      if keeps[index], record.provenance.role != .system {
        alive.insert(record.provenance.conversation)
      }
    }
    for (index, record) in records.enumerated() where record.provenance.role == .system {
      let conversation = record.provenance.conversation
      if hit.contains(conversation), !alive.contains(conversation) { keeps[index] = false }
    }
    return keeps
  }

  /// Whether the rest of a record is worth keeping: it has text, or ends a turn that is still there.
  private func deserves(
    _ kept: [Int], _ record: JournalRecord, after last: Provenance?
  ) -> Bool {
    if kept.contains(where: { marks[$0].part != .mark }) { return true }
    guard !kept.isEmpty, let last else { return false }
    return last.conversation == record.provenance.conversation
      && last.turn == record.provenance.turn
  }

  /// The context of a record among those that stay.
  private func remapped(
    _ index: Int, number: [Int], removed: [Bool]
  ) -> (parent: Int, keep: Int) {
    var keep = kept(of: records[index].keep, through: records[index].parent, removed: removed)
    var parent = records[index].parent
    while parent >= 0, number[parent] < 0 { parent = records[parent].parent }
    if parent < 0 { keep = 0 }
    return (keep == 0 ? -1 : number[parent], keep)
  }

  /// How many of the first `count` tokens of a record's context stay.
  private func kept(of count: Int, through index: Int, removed: [Bool]) -> Int {
    var (record, limit, total) = (index, count, 0)
    while record >= 0, limit > 0 {
      let current = records[record]
      let own = max(0, limit - current.keep)
      total += (current.start..<current.start + min(own, current.count)).count { !removed[$0] }
      limit = min(limit, current.keep)
      record = current.parent
    }
    return total
  }

  /// Whether all tokens that stated a fact are still there.
  private func isTold(_ fact: ToldFact, by index: Int, removed: [Bool]) -> Bool {
    let first = max(0, index - fact.records + 1)
    return !(first...index).contains { number in
      records[number].own.contains { removed[$0] && marks[$0].isLearnable }
    }
  }
}

package import ModelFiles
package import Transformer

/// One commit in a journal.
package struct JournalRecord: Sendable, Equatable {
  /// The record whose context this one continues; -1 when nothing precedes it.
  package var parent = -1
  /// Tokens of that context that were still in the session, counted from its beginning.
  package var keep = 0
  /// Further context tokens, which the model had read and the journal has nowhere else.
  package var lead = 0
  /// Tokens of the record in the stream, the lead included.
  package var count: Int
  /// The offset of its tokens in the stream.
  package var start = 0
  /// Whether the commit ended a segment.
  package var endsSegment = true
  /// Whether the context is known; false for commits from files of format 1.
  package var isComplete = true
  /// Where it came from.
  package var provenance: Provenance
  /// The fact that this commit, with the ones before it, states; nil for none.
  package var fact: ToldFact?

  package init(
    parent: Int = -1, keep: Int = 0, lead: Int = 0, count: Int, endsSegment: Bool = true,
    isComplete: Bool = true, provenance: Provenance
  ) {
    self.parent = parent
    self.keep = keep
    self.lead = lead
    self.count = count
    self.endsSegment = endsSegment
    self.isComplete = isComplete
    self.provenance = provenance
  }

  /// Its tokens in the stream, the lead first.
  package var range: Range<Int> { start..<start + count }
  /// The tokens that were committed.
  package var own: Range<Int> { start + lead..<start + count }
}

/// A told fact: commits that were declared to state one fact (`DetachableMemory.settleFact`).
package struct ToldFact: Sendable, Equatable, Codable {
  /// In words.
  package var text: String
  /// The answer, when it was given.
  package var answer: ByteString?
  /// The answer in tokens.
  package var answerTokens: [Int32]?
  /// The number of commits it was stated in, the last one included.
  package var records = 1

  package init(text: String, answer: FactAnswer?) {
    self.text = text
    self.answer = answer?.text
    answerTokens = answer?.tokens
  }

  /// The answer as it was declared.
  package var factAnswer: FactAnswer? {
    guard let answer, let answerTokens else { return nil }
    return FactAnswer(text: answer, tokens: answerTokens)
  }
}

/// The properties of a token of the stream, in one byte.
package struct StreamMark: Sendable, Equatable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package init(
    _ part: TokenPart, isLearnable: Bool = false, isLearned: Bool = false, isLead: Bool = false
  ) {
    rawValue =
      part.rawValue | (isLearnable ? 8 : 0) | (isLearned ? 16 : 0) | (isLead ? 32 : 0)
  }

  /// The part of the text that the token belongs to.
  package var part: TokenPart { TokenPart(rawValue: rawValue & 7) ?? .mark }
  /// Whether a memory was allowed to learn it.
  package var isLearnable: Bool { rawValue & 8 != 0 }
  /// Whether the modules received it, that is, its key was known.
  package var isLearned: Bool { rawValue & 16 != 0 }
  /// Whether it belongs to the context and not to the commit.
  package var isLead: Bool { rawValue & 32 != 0 }

  /// Whether no unknown bit is set.
  package var isSound: Bool {
    rawValue < 64 && TokenPart(rawValue: rawValue & 7) != nil && (isLearnable || !isLearned)
      && !(isLead && isLearnable)
  }
}

extension Journal {
  /// The learned tokens of a record, as journal places.
  package func learned(in record: JournalRecord) -> Range<Int> {
    place(atOrBehind: record.start)..<place(atOrBehind: record.start + record.count)
  }

  /// The first learned token at or after a place of the stream, by bisection.
  package func place(atOrBehind position: Int) -> Int {
    var (low, high) = (0, positions.count)
    while low < high {
      let middle = (low + high) / 2
      if positions[middle] < position { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Everything the model had read when a record was committed, the record's own tokens last.
  package func context(through index: Int) -> [Int32] {
    places(through: index).map { stream[$0] }
  }

  /// The places of those tokens in the stream.
  package func places(through index: Int) -> [Int] {
    var parts: [Range<Int>] = []
    var record = index
    var limit = Int.max
    while records.indices.contains(record) {
      let current = records[record]
      let own = max(0, min(current.count, limit - current.keep))
      parts.append(current.start..<current.start + own)
      limit = min(limit, current.keep)
      // Parents come before their children; a file that violates this was refused.
      guard current.parent < record else { break }
      record = current.parent
    }
    return parts.reversed().flatMap { $0 }
  }

  /// The record whose context a commit continues, and how many of its tokens are still in the session.
  ///
  /// - Parameters:
  ///   - context: everything the model has read before the commit.
  ///   - conversation: only its records are looked at, the last few of them.
  package func parent(of context: ArraySlice<Int32>, in conversation: ByteString) -> (
    Int, keep: Int
  ) {
    var best = (-1, keep: 0)
    guard !context.isEmpty else { return best }
    var looked = 0
    for index in records.indices.reversed()
    where records[index].isComplete && records[index].provenance.conversation == conversation {
      let common = self.context(through: index).commonPrefix(with: context)
      if common > best.keep { best = (index, common) }
      looked += 1
      if best.keep == context.count || looked >= Self.lookback { break }
    }
    return best
  }

  /// The number of last records searched for a context.
  private static let lookback = 8
}

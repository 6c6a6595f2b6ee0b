public import Transformer

/// Everything a memory has read, token by token, with provenance: the basis of `/why`, replay and forgetting.
///
/// It has two views. The *learned tokens* are those the modules received, numbered from 0: an entry's place in the
/// journal. The *stream* (`Journal+Stream.swift`) is every commit with all of its tokens, those of templates, questions
/// and replies included: passing them through the model again in the same order rebuilds the same memory.
public struct Journal: Sendable, Equatable {
  /// The tokens that were learned, in the order they were committed.
  public private(set) var tokens: [Int32] = []
  /// Surprisal of each learned token under the plain model, nats; never NaN, 0 where unknown.
  public private(set) var surprisals: [Float] = []
  /// Index into `sources` per learned token.
  public private(set) var sourceIndices: [Int32] = []
  /// The provenance of each stretch of learned tokens.
  public private(set) var sources: [Provenance] = []
  /// The commits.
  package internal(set) var records: [JournalRecord] = []
  /// The tokens of all commits, each record's after those of the one before.
  package private(set) var stream: [Int32] = []
  /// The mark of each token of the stream, [stream].
  package private(set) var marks: [StreamMark] = []
  /// The place of each learned token in the stream, [tokens].
  package private(set) var positions: [Int] = []

  /// An empty journal.
  public init() {}

  /// The number of learned tokens.
  public var count: Int { tokens.count }

  /// The number of commits.
  public var recordCount: Int { records.count }

  /// Tokens committed, learned or not, as far as the journal holds them.
  package var committed: Int { records.reduce(0) { $0 + $1.count - $1.lead } }

  /// Whether everything in it can be passed through the model again; false for the contents of a file of format 1.
  public var isReplayable: Bool { records.allSatisfy(\.isComplete) }

  /// Appends a commit.
  ///
  /// - Parameters:
  ///   - record: its `start` is set here.
  ///   - tokens: the context tokens that the journal has nowhere else, then the record's own.
  ///   - surprisals: one per learned token.
  /// - Returns: the places of its learned tokens.
  @discardableResult
  package mutating func append(
    _ record: JournalRecord, tokens new: [Int32], marks newMarks: [StreamMark],
    surprisals newSurprisals: [Float]
  ) -> [Int] {
    precondition(
      new.count == record.count && newMarks.count == record.count
        && newMarks.count(where: \.isLearned) == newSurprisals.count,
      "a mark per token, and a surprisal per learned one")
    var record = record
    record.start = stream.count
    let first = tokens.count
    var number = 0
    for (offset, mark) in newMarks.enumerated() where mark.isLearned {
      if sources.last != record.provenance { sources.append(record.provenance) }
      tokens.append(new[offset])
      surprisals.append(newSurprisals[number].isFinite ? newSurprisals[number] : 0)
      sourceIndices.append(Int32(sources.count - 1))
      positions.append(record.start + offset)
      number += 1
    }
    stream += new
    marks += newMarks
    records.append(record)
    return Array(first..<tokens.count)
  }

  /// Appends a learned token without context, as in files of format 1; returns its place.
  @discardableResult
  package mutating func append(token: Int32, surprisal: Float, provenance: Provenance) -> Int {
    let mark = StreamMark(TokenPart(provenance.role), isLearnable: true, isLearned: true)
    if let last = records.last, !last.isComplete, last.provenance == provenance {
      records[records.count - 1].count += 1
      stream.append(token)
      marks.append(mark)
      tokens.append(token)
      surprisals.append(surprisal.isFinite ? surprisal : 0)
      sourceIndices.append(Int32(sources.count - 1))
      positions.append(stream.count - 1)
    } else {
      append(
        JournalRecord(count: 1, isComplete: false, provenance: provenance), tokens: [token],
        marks: [mark], surprisals: [surprisal])
    }
    return tokens.count - 1
  }

  /// Declares that the commits from a record on state one told fact.
  package mutating func tell(_ fact: ToldFact, from record: Int) {
    guard let last = records.indices.last, records.indices.contains(record) else { return }
    var fact = fact
    fact.records = last - record + 1
    records[last].fact = fact
  }

  /// Where a learned token came from; nil outside the journal.
  public func provenance(of index: Int) -> Provenance? {
    guard tokens.indices.contains(index) else { return nil }
    return sources[Int(sourceIndices[index])]
  }

  /// The learned tokens around one that have the same provenance, at most `radius` on each side.
  public func stretch(around index: Int, radius: Int = 12) -> ArraySlice<Int32> {
    guard tokens.indices.contains(index) else { return [] }
    let source = sourceIndices[index]
    var start = index
    while start > 0, index - start < radius, sourceIndices[start - 1] == source { start -= 1 }
    var end = index + 1
    while end < tokens.count, end - index < radius, sourceIndices[end] == source { end += 1 }
    return tokens[start..<end]
  }

  /// The journal up to a record.
  package func prefix(records count: Int) -> Journal {
    var shorter = Journal()
    for index in records.indices.prefix(count) { shorter.copy(index, of: self) }
    return shorter
  }

  /// Appends a copy of another journal's record.
  ///
  /// - Parameter changed: the record as it is stored here.
  package mutating func copy(
    _ index: Int, of other: Journal, as changed: JournalRecord? = nil
  ) {
    let record = other.records[index]
    let range = record.range
    let learned = other.learned(in: record)
    append(
      changed ?? record, tokens: Array(other.stream[range]), marks: Array(other.marks[range]),
      surprisals: Array(other.surprisals[learned]))
  }
}

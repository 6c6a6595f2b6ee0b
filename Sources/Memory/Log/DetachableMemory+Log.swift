import Foundation
import ModelFiles
import Transformer

/// The version of a memory that its file holds, to which a log adds.
struct LogBase {
  /// The checksum of the file's header.
  var checksum: String
  /// The journal then; nil where the memory keeps none.
  var journal: Journal?
  /// The last position's activations then.
  var carried: CarriedRow?
  /// See `MemoryState.epoch`.
  var epoch: Int
}

/// The log beside a memory's file.
struct KeptLog {
  var writer: MemoryLog.Writer
  /// The journal's commits by the last frame, those of the file included.
  var records: [JournalRecord]
  /// The number of the state that file and log hold together.
  var revision: Int
}

extension DetachableMemory {
  /// The longest log, tokens: so many the model reads again after a crash. Then the file is written anew.
  package static let longestLog = 2048

  /// Makes what was learned durable: by a few hundred bytes in the log beside the file where the journal says it all, and by
  /// writing the file otherwise (`save`), as after forgetting or a correction.
  ///
  /// Only a memory that is open for writing at this path has a log. The next `save` writes the whole file and removes it;
  /// after a crash `load` takes it up.
  ///
  /// - Returns: whether there was anything to keep.
  /// - Throws: as `save(to:)`.
  @discardableResult
  public func keep(at path: String) throws(MemoryError) -> Bool {
    // Commits that taught nothing, such as replies, are no change worth a file; a log takes them at no cost.
    let kept = place.log?.records ?? place.base?.journal?.records
    guard hasUnsavedChanges || (kept != nil && kept != journal?.records) else { return false }
    guard let tail = loggable(at: path) else {
      guard hasUnsavedChanges else { return false }
      try save(to: path)
      return true
    }
    do throws(ModelFileError) {
      try write(tail, at: path)
    } catch {
      // What is on disk now is not known: the next time it is written anew.
      place.log = nil
      throw .file(error)
    }
    return true
  }

  /// What the log has to hold; nil where the whole file has to be written.
  private func loggable(at path: String) -> (base: LogBase, log: MemoryLog)? {
    guard let hold = place.hold, hold.isForWriting, hold.isHold(of: path), hold.isUnchanged,
      !place.isResealed, let base = place.base, base.epoch == state.epoch, let journal,
      let before = base.journal, journal.extends(before), journal.isReplayable
    else { return nil }
    let new = journal.records.indices.dropFirst(before.records.count)
    let tokens = new.reduce(0) { $0 + journal.records[$1].keep + journal.records[$1].count }
    guard tokens <= Self.longestLog else { return nil }
    let entries = new.map { MemoryLog.Entry(journal.records[$0], of: journal) }
    return (base, MemoryLog(records: before.records.count, entries: entries))
  }

  private func write(
    _ tail: (base: LogBase, log: MemoryLog), at path: String
  ) throws(ModelFileError) {
    let records = journal?.records ?? []
    // After an undo nothing may be left that was not said.
    if tail.log.entries.isEmpty {
      try FileLog.remove(path)
      place.log = nil
      markSaved()
      return
    }
    if var log = place.log, records.count > log.records.count, records.starts(with: log.records) {
      let new = tail.log.entries.suffix(records.count - log.records.count)
      if let bytes = try? log.writer.append(Array(new)),
        try FileLog.append(bytes, to: path, at: log.writer.size - bytes.count)
      {
        log.records = records
        log.revision = currentRevision
        place.log = log
        return
      }
    }
    var whole = tail.log
    if let row = tail.base.carried {
      var writer = SafetensorsWriter()
      row.save(into: &writer)
      whole.carried = writer.serialized()
    }
    guard
      let (writer, bytes) = try? MemoryLog.Writer.begin(
        whole, base: tail.base.checksum, sealing: place.sealing)
    else { throw .unwritable(path: path, operation: "describe what was learned", code: EINVAL) }
    try FileLog.replace(path, with: bytes)
    place.log = KeptLog(writer: writer, records: records, revision: currentRevision)
  }

  /// Reads what a log holds, after the file itself was read.
  ///
  /// - Throws: `MemoryError.malformed` for commits that cannot be of this journal; what reading them throws.
  func takeUp(_ log: MemoryLog, path: String) throws(MemoryError) {
    let fault = MemoryError.malformed(
      path: path + "-log", what: "the log does not continue the memory's journal",
      expected: "commits after those of the file; delete the log to go on without it")
    guard var journal, log.records == journal.records.count else { throw fault }
    for entry in log.entries {
      guard let record = entry.record(after: journal, vocabularySize: context.vocabularySize) else {
        throw fault
      }
      journal.append(
        record, tokens: entry.tokens, marks: entry.marks.map { StreamMark(rawValue: $0) },
        surprisals: entry.surprisals)
      if let fact = entry.fact { journal.records[journal.records.count - 1].fact = fact }
    }
    do {
      if let data = log.carried {
        let file = try SafetensorsFile.parse(data, path: path + "-log")
        guard file.tensors.allSatisfy(\.isFinite) else { throw fault }
        state.carried = try CarriedRow.load(from: file, adapter: adapter, width: context.width)
      }
      var replay = JournalReplay(journal, into: self) { _ in }
      _ = try replay.run(from: log.records)
    } catch let error as MemoryError {
      throw error
    } catch {
      throw fault
    }
    guard self.journal?.records == journal.records else { throw fault }
    state.carried = nil
    // The file alone does not hold this, even where it taught nothing: the next save writes it and removes the log.
    if !hasUnsavedChanges { hasUnsavedChanges = true }
    recovered =
      Set(
        log.entries.map { Said(conversation: $0.provenance.conversation, turn: $0.provenance.turn) }
      )
      .count
  }
}

/// One turn of a conversation: a message, the marks around it and the reply are commits of their own.
private struct Said: Hashable {
  var conversation: ByteString
  var turn: Int
}

extension Journal {
  /// Whether it begins with all of another journal.
  func extends(_ other: Journal) -> Bool {
    records.starts(with: other.records) && stream.starts(with: other.stream)
      && marks.starts(with: other.marks)
  }
}

extension MemoryLog.Entry {
  /// A commit of a journal.
  init(_ record: JournalRecord, of journal: Journal) {
    self.init(
      parent: record.parent, keep: record.keep, lead: record.lead, endsSegment: record.endsSegment,
      provenance: record.provenance, tokens: Array(journal.stream[record.range]),
      marks: journal.marks[record.range].map(\.rawValue),
      surprisals: Array(journal.surprisals[journal.learned(in: record)]), fact: record.fact)
  }

  /// The commit, if it can be the next one of a journal; nil for anything else. As strict as reading a file's journal.
  func record(after journal: Journal, vocabularySize: Int) -> JournalRecord? {
    let marks = marks.map { StreamMark(rawValue: $0) }
    guard !tokens.isEmpty, marks.count == tokens.count, (0...tokens.count).contains(lead),
      (-1..<journal.records.count).contains(parent), parent < 0 ? keep == 0 : keep > 0,
      parent < 0 || keep <= journal.context(through: parent).count,
      marks.allSatisfy(\.isSound),
      marks.enumerated().allSatisfy({ ($0 < lead) == $1.isLead }),
      marks.count(where: \.isLearned) == surprisals.count, surprisals.allSatisfy(\.isFinite),
      (tokens + (fact?.answerTokens ?? [])).allSatisfy({ $0 >= 0 && Int($0) < vocabularySize }),
      fact.map({ (1...journal.records.count + 1).contains($0.records) }) ?? true
    else { return nil }
    return JournalRecord(
      parent: parent, keep: keep, lead: lead, count: tokens.count, endsSegment: endsSegment,
      provenance: provenance)
  }
}

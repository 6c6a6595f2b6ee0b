import Foundation
import ModelFiles
import Transformer

extension Journal {
  /// Columns of `journal.records`: parent, keep, lead, count, flags, origin.
  private static let columns = 6
  /// Bits of a record's flags.
  private enum Flag {
    static let endsSegment: Int32 = 1
    static let isComplete: Int32 = 2
  }

  /// A told fact and the record it belongs to.
  private struct FactEntry: Codable {
    var record: Int
    var fact: ToldFact
  }

  /// Adds the journal to a memory file: the stream, a row per commit, their provenance, and the told facts.
  func save(into writer: inout SafetensorsWriter) {
    writer.add("journal.tokens", int32s: stream, shape: [stream.count])
    writer.add("journal.marks", uint8s: marks.map(\.rawValue), shape: [marks.count])
    writer.add("journal.surprisals", floats: surprisals, shape: [surprisals.count])
    var origins = JournalOrigins()
    var rows: [Int32] = []
    for record in records {
      let flags =
        (record.endsSegment ? Flag.endsSegment : 0) | (record.isComplete ? Flag.isComplete : 0)
      rows += [record.parent, record.keep, record.lead, record.count].map { Int32(clamping: $0) }
      rows += [flags, origins.index(of: record.provenance)]
    }
    writer.add("journal.records", int32s: rows, shape: [records.count, Self.columns])
    origins.save(into: &writer)
    let facts = records.enumerated().compactMap { index, record in
      record.fact.map { FactEntry(record: index, fact: $0) }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let json = (try? encoder.encode(facts)).map { [UInt8]($0) } ?? []
    writer.add("journal.facts", uint8s: json, shape: [json.count])
  }

  /// Reads the journal of a memory file; a file written without one gives nil.
  static func load(
    from file: SafetensorsFile, vocabularySize: Int?
  ) throws(MemoryError) -> Journal? {
    guard file.tensor("journal.tokens") != nil else { return nil }
    guard file.tensor("journal.marks") != nil else {
      return try loadFirstFormat(from: file, vocabularySize: vocabularySize)
    }
    let stream: [Int32]
    let marks: [StreamMark]
    let surprisals: [Float]
    let rows: [Int32]
    let facts: [UInt8]
    do throws(ModelFileError) {
      stream = try file.require("journal.tokens").int32s()
      marks = try file.require("journal.marks").uint8s().map { StreamMark(rawValue: $0) }
      surprisals = try file.require("journal.surprisals").floats()
      rows = try file.require("journal.records").int32s()
      facts = try file.require("journal.facts").uint8s()
    } catch {
      throw .file(error)
    }
    let origins = try JournalOrigins(file: file)
    guard marks.count == stream.count, rows.count % columns == 0, marks.allSatisfy(\.isSound),
      marks.count(where: \.isLearned) == surprisals.count, surprisals.allSatisfy(\.isFinite),
      stream.allSatisfy({ $0 >= 0 && Int($0) < vocabularySize ?? Int.max })
    else { throw disagreement(file) }
    var journal = Journal()
    var contexts: [Int] = []  // tokens the model had read after each record
    for row in 0..<rows.count / columns {
      let values = rows[row * columns..<(row + 1) * columns].map(Int.init)
      let (parent, keep, lead, count) = (values[0], values[1], values[2], values[3])
      let (start, flags) = (journal.stream.count, Int32(values[4]))
      guard count > 0, count <= stream.count - start, (0...count).contains(lead),
        (-1..<row).contains(parent), keep >= 0, keep <= (parent < 0 ? 0 : contexts[parent]),
        parent < 0 || keep > 0, flags & ~3 == 0,
        let provenance = origins.provenance(at: values[5]),
        marks[start..<start + count].enumerated().allSatisfy({ ($0 < lead) == $1.isLead })
      else { throw disagreement(file) }
      contexts.append(keep + count)
      let learned = marks[start..<start + count].count(where: \.isLearned)
      journal.append(
        JournalRecord(
          parent: parent, keep: keep, lead: lead, count: count,
          endsSegment: flags & Flag.endsSegment != 0, isComplete: flags & Flag.isComplete != 0,
          provenance: provenance),
        tokens: Array(stream[start..<start + count]), marks: Array(marks[start..<start + count]),
        surprisals: Array(surprisals[journal.count..<journal.count + learned]))
    }
    guard journal.stream.count == stream.count,
      let told = try? StrictJSON.decode([FactEntry].self, from: Data(facts)),
      zip(told, told.dropFirst()).allSatisfy({ $0.record < $1.record }),
      told.allSatisfy({ entry in
        journal.records.indices.contains(entry.record)
          && (1...entry.record + 1).contains(entry.fact.records)
          && entry.fact.answerTokens?.allSatisfy {
            $0 >= 0 && Int($0) < vocabularySize ?? Int.max
          } ?? true
      })
    else { throw disagreement(file) }
    for entry in told { journal.records[entry.record].fact = entry.fact }
    return journal
  }

  /// Format 1 held learned tokens alone.
  private static func loadFirstFormat(
    from file: SafetensorsFile, vocabularySize: Int?
  ) throws(MemoryError) -> Journal {
    let tokens: [Int32]
    let surprisals: [Float]
    let indices: [Int32]
    let json: [UInt8]
    do throws(ModelFileError) {
      tokens = try file.require("journal.tokens").int32s()
      surprisals = try file.require("journal.surprisals").floats()
      indices = try file.require("journal.source_indices").int32s()
      json = try file.require("journal.sources").uint8s()
    } catch {
      throw .file(error)
    }
    guard let sources = try? StrictJSON.decode([Provenance].self, from: Data(json)) else {
      throw .malformed(
        path: file.path, what: "the provenance of the journal cannot be read", expected: nil)
    }
    guard surprisals.count == tokens.count, indices.count == tokens.count,
      surprisals.allSatisfy(\.isFinite), indices.allSatisfy({ $0 >= 0 && Int($0) < sources.count }),
      tokens.allSatisfy({ $0 >= 0 && Int($0) < vocabularySize ?? Int.max })
    else { throw disagreement(file) }
    var journal = Journal()
    for (index, token) in tokens.enumerated() {
      journal.append(
        token: token, surprisal: surprisals[index], provenance: sources[Int(indices[index])])
    }
    return journal
  }

  private static func disagreement(_ file: SafetensorsFile) -> MemoryError {
    .malformed(
      path: file.path, what: "the journal's tensors disagree with each other",
      expected: "a mark per token, a surprisal per learned token, and commits after their contexts"
    )
  }
}

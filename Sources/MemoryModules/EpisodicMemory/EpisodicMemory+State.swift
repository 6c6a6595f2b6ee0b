import Foundation
public import Memory
public import ModelFiles
import Transformer

extension EpisodicMemory: Unitable {
  /// The ledger's entry of a fact as JSON; its tokens and keys are tensors.
  ///
  /// Facts are numbered by their order, so that after forgetting a fact the file equals that of a memory that never had
  /// it; only files of format 1 store numbers.
  private struct Entry: Codable {
    var id: Int?
    var count: Int
    var source: Int
    var text: String?
    var answer: ByteString?
    var answerTokens: [Int32]?
  }

  private struct Ledger: Codable {
    var facts: [Entry]
    var sources: [Provenance]
    var next: Int?
    /// Whether the last fact is still incomplete.
    var isOpen: Bool
  }

  public func save(into writer: inout SafetensorsWriter) {
    let records = state.ledger.records + (state.open.map { [$0] } ?? [])
    var sources: [Provenance] = []
    var entries: [Entry] = []
    for record in records {
      if sources.last != record.provenance { sources.append(record.provenance) }
      entries.append(
        Entry(
          count: record.count, source: sources.count - 1, text: record.text,
          answer: record.answer?.text, answerTokens: record.answer?.tokens))
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let ledger = Ledger(
      facts: entries, sources: sources, isOpen: state.open != nil)
    let json = (try? encoder.encode(ledger)).map { [UInt8]($0) } ?? []
    writer.add("\(name).ledger", uint8s: json, shape: [json.count])
    let count = records.reduce(0) { $0 + $1.count }
    writer.add("\(name).tokens", int32s: records.flatMap(\.tokens), shape: [count])
    if context.keyColumns > 0 {
      writer.add(
        "\(name).keys", floats: records.flatMap(\.keys), shape: [count, context.keyColumns])
    }
    writer.add("\(name).journal", int64s: records.flatMap(\.journal), shape: [count])
    if contentColumns > 0 {
      let held = records.filter { !$0.latent.isEmpty }
      writer.add(
        "\(name).latents", floats: held.flatMap(\.latent), shape: [held.count, contentColumns])
    }
    if let columns = meaningEncoder?.columns {
      let held = records.filter { $0.meaning.count == columns }
      writer.add(
        "\(name).meanings", floats: held.flatMap(\.meaning), shape: [held.count, columns])
    }
    saveRetention(of: records, into: &writer)
    writer.add("\(name).counters", int64s: [Int64(rejectedUpdates)], shape: [1])
  }

  public func load(from file: SafetensorsFile) throws(MemoryError) {
    let json: [UInt8]
    let tokens: [Int32]
    let keys: [Float]
    let journal: [Int64]
    let counters: [Int64]
    let latents: [Float]
    let meanings: [Float]
    do throws(ModelFileError) {
      json = try file.require("\(name).ledger").uint8s()
      tokens = try file.require("\(name).tokens").int32s()
      keys = context.keyColumns > 0 ? try file.require("\(name).keys").floats() : []
      journal = try file.require("\(name).journal").int64s()
      counters = try file.require("\(name).counters").int64s()
      latents =
        contentColumns > 0 ? try file.tensor("\(name).latents")?.floats() ?? [] : []
      meanings =
        meaningEncoder != nil ? try file.tensor("\(name).meanings")?.floats() ?? [] : []
    } catch {
      throw .file(error)
    }
    guard let ledger = try? StrictJSON.decode(Ledger.self, from: Data(json)) else {
      throw .malformed(path: file.path, what: "the ledger of facts cannot be read", expected: nil)
    }
    let columns = context.keyColumns
    let (cells, overflow) = tokens.count.multipliedReportingOverflow(by: columns)
    guard !overflow, keys.count == cells, journal.count == tokens.count,
      journal.allSatisfy({ $0 >= -1 }), counters.count == 1, counters[0] >= 0,
      tokens.allSatisfy(isToken), (0..<Int(Int32.max)).contains(ledger.next ?? 0),
      ledger.facts.count <= tokens.count
    else { throw disagreement(file) }
    var records: [FactRecord] = []
    var start = 0
    for (number, entry) in ledger.facts.enumerated() {
      let id = entry.id ?? number
      guard entry.count > 0, entry.count <= tokens.count - start,
        ledger.sources.indices.contains(entry.source), id >= 0,
        entry.answerTokens?.allSatisfy(isToken) ?? true
      else { throw disagreement(file) }
      let end = start + entry.count
      var record = FactRecord(id: id, provenance: ledger.sources[entry.source])
      record.tokens = Array(tokens[start..<end])
      record.keys = Array(keys[start * columns..<end * columns])
      record.journal = Array(journal[start..<end])
      record.text = entry.text
      if let text = entry.answer, let tokens = entry.answerTokens {
        record.answer = FactAnswer(text: text, tokens: tokens)
      }
      records.append(record)
      start = end
    }
    var open = ledger.isOpen ? records.popLast() : nil
    let next = ledger.next ?? records.count
    guard start == tokens.count, ledger.isOpen == (open != nil),
      zip(records, records.dropFirst()).allSatisfy({ $0.id < $1.id }),
      records.last.map({ $0.id < next }) ?? true
    else { throw disagreement(file) }
    // Latents are computed now for a file that has none.
    let isComplete = latents.count == records.count * contentColumns
    for index in records.indices where contentColumns > 0 {
      records[index].latent =
        isComplete
        ? Array(latents[index * contentColumns..<(index + 1) * contentColumns])
        : latent(of: records[index])
    }
    try loadMeanings(meanings, of: &records, file: file)
    let retention = try loadRetention(from: file, records: &records, open: &open)
    state.ledger.load(records, next: next)
    state.retention = retention
    state.open = open
    state.scanner = scanner(behind: open)
    state.rejectedUpdates = Int(clamping: counters[0])
    state.readable = next
    version += 1
    rebuildIndex()
  }

  /// The vectors of facts; computed now for a file that lacks some.
  private func loadMeanings(
    _ meanings: [Float], of records: inout [FactRecord], file: SafetensorsFile
  ) throws(MemoryError) {
    guard let columns = meaningEncoder?.columns else { return }
    guard meanings.allSatisfy({ $0.magnitude <= 2 }) else { throw disagreement(file) }
    let isComplete = meanings.count == records.count * columns
    for index in records.indices {
      records[index].meaning =
        isComplete
        ? Array(meanings[index * columns..<(index + 1) * columns]) : meaning(of: records[index])
    }
  }

  /// The other's facts after these, in their order.
  public func unite(with other: any MemoryModule, journal place: Int?) -> Union {
    guard let other = other as? EpisodicMemory else { return .unsupported }
    endSegment()
    for var record in other.state.ledger.records + (other.state.open.map { [$0] } ?? []) {
      record.journal = record.journal.map { old in
        place.map { old < 0 ? -1 : old + Int64($0) } ?? -1
      }
      if agent != nil, record.surprisals.isEmpty {
        record.surprisals = [Float](repeating: 0, count: record.count)
      }
      state.ledger.append(record)
      noteArrival(at: state.ledger.count - 1)
    }
    endSegment()
    return .exact
  }

  private func isToken(_ token: Int32) -> Bool {
    token >= 0 && Int(token) < context.vocabularySize
  }

  private func disagreement(_ file: SafetensorsFile) -> MemoryError {
    .malformed(
      path: file.path, what: "the episodic memory's ledger and tensors disagree with each other",
      expected: "ascending fact numbers, and a token, a key and a journal index per stored token")
  }
}

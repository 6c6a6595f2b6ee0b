public import Foundation
import ModelFiles
public import Tokenization
import Transformer

extension DetachableMemory {
  /// The version of the export format.
  package static let exportFormat = 1

  /// The journal and the facts as lines of JSON (`ExportedLine`), each ending with a line feed.
  ///
  /// - Parameter tokenizer: the model's, for the texts.
  public func exported(with tokenizer: any Tokenizer) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var result = Data()
    func add(_ line: ExportedLine) {
      guard let json = try? encoder.encode(line) else { return }
      result.append(json)
      result.append(UInt8(ascii: "\n"))
    }
    var head = ExportedLine(type: "head")
    head.format = Self.exportFormat
    head.model = fingerprint.hex
    head.modules = modules.map { $0.kind.rawValue }
    add(head)
    for record in journal?.records ?? [] {
      if let journal { add(Self.line(record, of: journal, tokenizer)) }
    }
    for fact in factMemory?.facts ?? [] {
      var line = ExportedLine(type: "fact")
      line.note(fact.provenance)
      line.id = fact.handle
      line.text = fact.text
      line.answer = fact.answer?.text
      add(line)
    }
    return result
  }

  private static func line(
    _ record: JournalRecord, of journal: Journal, _ tokenizer: any Tokenizer
  ) -> ExportedLine {
    var line = ExportedLine(type: "commit")
    line.note(record.provenance)
    let own = record.own
    line.text = tokenizer.decode(
      own.filter { journal.marks[$0].part != .mark }.map { journal.stream[$0] })
    line.tokens = Array(journal.stream[record.range])
    line.marks = journal.marks[record.range].map(\.rawValue)
    line.surprisals = Array(journal.surprisals[journal.learned(in: record)])
    line.parent = record.parent
    line.keep = record.keep
    line.lead = record.lead
    line.ends_segment = record.endsSegment
    if !record.isComplete { line.complete = false }
    line.told = record.fact
    return line
  }

  /// Reads an export into this memory, which must be empty: the export's journal is passed through the model.
  ///
  /// - Parameters:
  ///   - lines: the output of `exported`.
  ///   - path: for messages.
  ///   - progress: called with the share that is done; what it throws ends the work.
  /// - Returns: tokens that passed through the model.
  /// - Throws: `MemoryError.notAnExport` naming the line, `.wrongModel`, and as `JournalReplay.run`.
  public func importLines(
    _ lines: Data, path: String, progress: @escaping (Double) throws -> Void = { _ in }
  ) throws -> Int {
    let journal = try Self.journal(
      lines, path: path, fingerprint: fingerprint, vocabularySize: context.vocabularySize)
    var replay = JournalReplay(journal, into: self, progress: progress)
    let tokens = try replay.run(from: 0)
    changeOtherwise()
    return tokens
  }

  /// The kinds of memory an export names.
  ///
  /// - Throws: `MemoryError.notAnExport` when it does not begin with a head.
  public static func exportedKinds(
    _ lines: Data, path: String
  ) throws(MemoryError) -> [ModuleKind] {
    let first = lines.prefix { $0 != UInt8(ascii: "\n") }
    guard let head = try? StrictJSON.decode(ExportedLine.self, from: Data(first)),
      head.type == "head", let modules = head.modules, !modules.isEmpty
    else { throw .notAnExport(path: path, line: 1, expected: "a head that names modules") }
    return modules.map { ModuleKind(rawValue: $0) }
  }

  /// The journal of an export.
  private static func journal(
    _ data: Data, path: String, fingerprint: ModelFingerprint, vocabularySize: Int
  ) throws(MemoryError) -> Journal {
    var journal = Journal()
    var contexts: [Int] = []
    var hasHead = false
    for (index, bytes) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
      func fault(_ expected: String) -> MemoryError {
        .notAnExport(path: path, line: index + 1, expected: expected)
      }
      guard let line = try? StrictJSON.decode(ExportedLine.self, from: Data(bytes)) else {
        throw fault("a JSON object with a 'type'")
      }
      switch line.type {
      case "head":
        guard !hasHead, line.format == exportFormat, let model = line.model else {
          throw fault("a head of format \(exportFormat), once and first")
        }
        guard model == fingerprint.hex else {
          throw .wrongModel(
            path: path, memory: String(model.prefix(12)), model: fingerprint.short)
        }
        hasHead = true
      case "commit":
        guard hasHead else { throw fault("a head before the first commit") }
        guard line.complete != false else {
          throw .noReplay(
            name: name(of: path), hint: "the texts of a file of format 1 have to be learned again")
        }
        guard let record = line.record(before: contexts, vocabularySize: vocabularySize) else {
          throw fault("tokens, marks, surprisals and a context that fit each other")
        }
        contexts.append(record.keep + record.count)
        journal.append(
          record, tokens: line.tokens ?? [],
          marks: (line.marks ?? []).map { StreamMark(rawValue: $0) },
          surprisals: line.surprisals ?? [])
      case "fact": break
      default: throw fault("a head, a commit or a fact")
      }
    }
    guard hasHead else { throw .notAnExport(path: path, line: 1, expected: "a head") }
    return journal
  }
}

extension ExportedLine {
  mutating func note(_ provenance: Provenance) {
    conversation = provenance.conversation.text
    turn = provenance.turn
    role = provenance.role.rawValue
    source = provenance.source.text
    time = provenance.time
    date = MemoryFileInfo.timestamp(provenance.time)
  }

  /// The record of a commit; nil when its parts do not fit.
  ///
  /// - Parameter contexts: the lengths of the contexts of the records before it.
  func record(before contexts: [Int], vocabularySize: Int) -> JournalRecord? {
    guard let conversation, let turn, turn >= 0, let source, let time, time.isFinite,
      let role = role.flatMap({ Role(rawValue: $0) }), let tokens, let marks, let surprisals,
      let parent, let keep, let lead, let ends_segment, !tokens.isEmpty,
      marks.count == tokens.count, (0...tokens.count).contains(lead),
      (-1..<contexts.count).contains(parent), keep >= 0,
      keep <= (parent < 0 ? 0 : contexts[parent]), parent < 0 || keep > 0
    else { return nil }
    let known = marks.map { StreamMark(rawValue: $0) }
    guard known.allSatisfy(\.isSound), known.count(where: \.isLearned) == surprisals.count,
      surprisals.allSatisfy(\.isFinite),
      known.enumerated().allSatisfy({ ($0 < lead) == $1.isLead }),
      (tokens + (told?.answerTokens ?? [])).allSatisfy({
        $0 >= 0 && Int($0) < vocabularySize
      }), told.map({ (1...contexts.count + 1).contains($0.records) }) ?? true
    else { return nil }
    var record = JournalRecord(
      parent: parent, keep: keep, lead: lead, count: tokens.count, endsSegment: ends_segment,
      provenance: Provenance(
        conversation: conversation, turn: turn, role: role, source: source, time: time))
    record.fact = told
    return record
  }
}

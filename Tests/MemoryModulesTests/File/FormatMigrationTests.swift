import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Tokenization
import Transformer

/// Files of every format there ever was still load, hold what they held, and are saved in the newest format.
///
/// `MNEME_TEST_FREEZE_FORMAT=<Tests/MemoryModulesTests/Fixtures>` writes the files of the newest format: once, before the
/// next one is begun. Those of older formats are never written again; only the logits that a memory's readings lead to are, by
/// `MNEME_TEST_FREEZE_READING=<the same>`, when memories are read in another way.
@Suite("Formats of memory files")
struct FormatMigrationTests {
  static let variable = "MNEME_TEST_FREEZE_FORMAT"
  static let reading = "MNEME_TEST_FREEZE_READING"

  static let subjects: [(name: String, kinds: [ModuleKind], journal: Bool)] = {
    let kinds = ModuleRegistry.standard.kinds
    return kinds.map { ($0.rawValue, [$0], true) }
      + [("all", kinds, true), ("no-journal", kinds, false)]
  }()

  /// The fixtures' folders, one for each format.
  static let folders: [URL] = {
    let fixtures = Bundle.module.resourceURL?.appendingPathComponent("Fixtures")
    let all = fixtures.flatMap {
      try? FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil)
    }
    return (all ?? []).filter { $0.lastPathComponent.hasPrefix("format") }
      .sorted { $0.path < $1.path }
  }()

  static let files: [URL] = folders.flatMap { folder in
    ((try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil))
      ?? []).filter { $0.pathExtension == "mneme" }.sorted { $0.path < $1.path }
  }

  static func format(of file: URL) -> Int? {
    Int(file.deletingLastPathComponent().lastPathComponent.dropFirst("format".count))
  }

  @Test("Every older format has its files")
  func complete() {
    let formats = Set(Self.files.compactMap(Self.format(of:)))
    #expect(formats.isSuperset(of: 1..<MemoryFileHeader.format))
    #expect(formats.contains(1))
    for folder in Self.folders {
      let names = Self.files.filter { $0.deletingLastPathComponent().path == folder.path }
        .map { $0.deletingPathExtension().lastPathComponent }
      // A format's files hold the kinds there were when it was the newest; the newest has no files of its own.
      #expect(
        Set(names).isSuperset(of: [
          "neural", "episodic", "neighbor", "compressive", "all", "no-journal",
        ]))
      #expect(Set(names).isSubset(of: Self.subjects.map(\.name)))
    }
  }

  @Test("A file of any format holds what it held, and is saved in the newest", arguments: files)
  func migrates(file: URL) throws {
    let bench = try Workbench.shared.get()
    let expected = try JSONDecoder().decode(
      FrozenMemory.self,
      from: Data(contentsOf: file.deletingPathExtension().appendingPathExtension("json")))
    #expect(try DetachableMemory.info(file.path).format == Self.format(of: file))
    let loaded = try Self.load(file.path, bench)
    #expect(!loaded.hasUnsavedChanges)
    try compare(loaded, expected, bench)

    let folder = try TemporaryFolder()
    let newer = folder.path("newer.mneme")
    try loaded.save(to: newer)
    #expect(try DetachableMemory.info(newer).format == MemoryFileHeader.format)
    let again = try Self.load(newer, bench)
    try compare(again, expected, bench)
    try again.save(to: folder.path("newest.mneme"))
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: newer))
        == Data(contentsOf: URL(fileURLWithPath: folder.path("newest.mneme"))),
      "saved once, it stays as it is")
  }

  @Test(
    "Writes what is read from older files, after memories are read in another way",
    .enabled(if: ProcessInfo.processInfo.environment[reading] != nil), arguments: files)
  func freezeReading(file: URL) throws {
    let root = try #require(ProcessInfo.processInfo.environment[Self.reading])
    let bench = try Workbench.shared.get()
    let place = file.deletingPathExtension().appendingPathExtension("json")
    var frozen = try JSONDecoder().decode(FrozenMemory.self, from: Data(contentsOf: place))
    let found = try FrozenMemory(of: try Self.load(file.path, bench), on: bench)
    (frozen.logits, frozen.answerLogits) = (found.logits, found.answerLogits)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try encoder.encode(frozen).write(
      to: URL(fileURLWithPath: root)
        .appendingPathComponent(file.deletingLastPathComponent().lastPathComponent)
        .appendingPathComponent(place.lastPathComponent))
  }

  private static let first = files.filter { format(of: $0) == 1 }

  @Test(
    "What format 1 read is subtracted where that can be done, and the rest is named",
    arguments: first.filter { $0.lastPathComponent == "all.mneme" })
  func forgetsOld(file: URL) throws {
    let bench = try Workbench.shared.get()
    let memory = try Self.load(file.path, bench)
    let journal = try #require(memory.journal)
    #expect(!journal.isReplayable)
    let source = try #require(journal.sources.first?.source)
    let count = journal.tokens.indices.count { journal.provenance(of: $0)?.source == source }
    let report = try memory.forget(.source(source))
    #expect(report.journalTokens == count && count > 0)
    #expect(report.unable.contains(.neural))
    #expect(report.modules[.neighbor] == .exact(entries: count))
    #expect(memory.journal?.sources.contains { $0.source == source } == false)
    let folder = try TemporaryFolder()
    try memory.save(to: folder.path("a.mneme"))
    _ = try Self.load(folder.path("a.mneme"), bench)
    let history = try DetachableMemory.history(file.path)
    #expect(throws: MemoryError.self) {
      _ = try bench.memory([.neighbor]).relive(history)
    }
  }

  @Test("What is read since can be forgotten exactly, format 1 behind it", arguments: first)
  func forgetsNew(file: URL) throws {
    guard file.lastPathComponent != "no-journal.mneme" else { return }
    let bench = try Workbench.shared.get()
    let memory = try Self.load(file.path, bench)
    let before = try Workbench.state(of: memory)
    let session = bench.session()
    let attached = try memory.attach(to: session)
    try Workbench.feed(TinyLlama.tokens(40, seed: 8), to: session, conversation: "new")
    attached.detach()
    #expect(try Workbench.state(of: memory) != before)
    var selection = ForgettingSelection()
    selection.conversations = ["new"]
    let report = try memory.forget(selection)
    #expect(report.journalTokens == 39)
    #expect(report.unable.isEmpty)
    #expect(try Workbench.state(of: memory) == before)
  }

  /// Exact, but for the logits, whose last digits depend on the processor.
  private func compare(
    _ memory: DetachableMemory, _ expected: FrozenMemory, _ bench: Workbench
  ) throws {
    var found = try FrozenMemory(of: memory, on: bench)
    #expect(difference(expected.logits, found.logits) < 2e-4)
    #expect(difference(expected.answerLogits, found.answerLogits) < 2e-4)
    let prompt = try FrozenMemory.prompt(bench)
    let plain = try FrozenMemory.lastRow(prompt, nil, bench, isAnswer: true)
    #expect(difference(plain, found.answerLogits) > 1e-3, "the memory has a say")
    #expect(found.journal == expected.journal)
    // A fact's text is shown without the white space around it; older versions showed that as well.
    var facts = Self.plain(expected.facts)
    for index in facts.indices {
      facts[index].text = facts[index].text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    #expect(Self.plain(found.facts) == facts)
    found.facts = expected.facts
    found.logits = expected.logits
    found.answerLogits = expected.answerLogits
    let isAsBefore = found == expected
    #expect(isAsBefore, "fingerprint, entries, dates and places in the journal")
  }

  /// Facts by their order: numbers are of the process, and format 1 knew no handles.
  private static func plain(_ facts: [Fact]) -> [Fact] {
    facts.enumerated().map {
      Fact(id: $0, text: $1.text, answer: $1.answer, provenance: $1.provenance)
    }
  }

  private static func load(_ path: String, _ bench: Workbench) throws -> DetachableMemory {
    try DetachableMemory.load(
      path, model: bench.model, registry: .standard,
      tokenizer: loadTokenizer(from: bench.model.file))
  }

  @Test(
    "Writes the files of the newest format",
    .enabled(if: ProcessInfo.processInfo.environment[variable] != nil))
  func freeze() throws {
    let root = try #require(ProcessInfo.processInfo.environment[Self.variable])
    let folder = URL(fileURLWithPath: root)
      .appendingPathComponent("format\(MemoryFileHeader.format)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let bench = try Workbench.shared.get()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    for subject in Self.subjects {
      let memory = try FrozenMemory.make(subject.kinds, journal: subject.journal, on: bench)
      let path = folder.appendingPathComponent(subject.name + ".mneme")
      try memory.save(to: path.path)
      try encoder.encode(FrozenMemory(of: memory, on: bench))
        .write(to: folder.appendingPathComponent(subject.name + ".json"))
    }
  }
}

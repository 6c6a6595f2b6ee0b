import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// Forgetting leaves the file of a memory that never saw it, byte for byte but for dates, whatever the module.
@Suite("Forgetting is exact")
struct ForgetEqualityTests {
  let lives: ForgettingBench

  init() throws { lives = try ForgettingBench() }

  static let kinds: [[ModuleKind]] =
    ModuleRegistry.standard.kinds.map { [$0] } + [ModuleRegistry.standard.kinds]

  private typealias Bench = ForgettingBench

  /// Tells one life and forgets, tells another one, and compares: the files, the logits, and what comes of both later.
  @discardableResult
  private func same(
    _ kinds: [ModuleKind], _ whole: [ForgettingBench.Step], as rest: [ForgettingBench.Step],
    checkpoints: Int? = nil, _ select: (DetachableMemory) -> ForgettingSelection
  ) throws -> (report: ForgettingReport, memory: DetachableMemory) {
    let memory = try lives.memory(kinds, whole, checkpoints: checkpoints)
    let fresh = try lives.memory(kinds, rest, checkpoints: checkpoints)
    let report = try memory.forget(select(memory))
    try ForgettingBench.expectSameFile(memory, fresh, "\(kinds)")
    #expect(report.unable.isEmpty)
    #expect(try lives.bench.logits(with: memory) == lives.bench.logits(with: fresh))
    for other in [memory, fresh] {
      try lives.tell([ForgettingBench.document("later", seed: 77)], to: other)
    }
    try ForgettingBench.expectSameFile(memory, fresh, "\(kinds), afterwards")
    return (report, memory)
  }

  @Test("One source among several", arguments: kinds, [0, 1, 2])
  func source(kinds: [ModuleKind], which: Int) throws {
    let names = ["a", "b", "c"]
    let steps = names.indices.map {
      Bench.document(names[$0], seed: UInt64($0 + 3), count: 25 + $0)
    }
    var rest = steps
    rest.remove(at: which)
    let (report, _) = try same(kinds, steps, as: rest) { _ in .source(ByteString(names[which])) }
    #expect(report.journalTokens == 24 + which)
    #expect(report.contextTokens == 0)
  }

  @Test("A fact by its number", arguments: kinds.filter { $0.contains(.episodic) }, [0, 1, 2])
  func fact(kinds: [ModuleKind], which: Int) throws {
    var steps = (0..<3).map { Bench.document("told-\($0)", seed: UInt64($0 + 30), count: 12) }
    for index in steps.indices { steps[index].fact = "fact \(index)" }
    var rest = steps
    rest.remove(at: which)
    let (report, memory) = try same(kinds, steps, as: rest) { memory in
      .facts(Set(memory.factMemory?.facts.filter { $0.text == "fact \(which)" }.map(\.id) ?? []))
    }
    #expect(report.facts.map(\.text) == ["fact \(which)"])
    let told = memory.factMemory?.facts.compactMap { $0.text.hasPrefix("fact") ? $0.text : nil }
    #expect(told == [0, 1, 2].filter { $0 != which }.map { "fact \($0)" })
  }

  @Test("Everything from a range of times", arguments: kinds)
  func times(kinds: [ModuleKind]) throws {
    let steps = (0..<5).map {
      Bench.document("day-\($0)", seed: UInt64($0 + 3), count: 14, time: Double(100 * $0))
    }
    try same(kinds, steps, as: [steps[0], steps[3], steps[4]]) { _ in .times(100..<250) }
  }

  @Test(
    "A turn in the middle of a conversation, with everything later that may repeat it",
    arguments: kinds)
  func turn(kinds: [ModuleKind]) throws {
    let before = [Bench.turn("chat", 1), Bench.turn("chat", 2)]
    let whole =
      before + [
        Bench.turn("chat", 3), Bench.turn("chat", 4, isQuestion: true), Bench.turn("chat", 5),
        Bench.turn("other", 6, continues: false), Bench.document("book", seed: 8),
      ]
    // What was asked and replied later goes; what was told stays, here and elsewhere.
    let rest =
      before + [
        Bench.turn("chat", 5, replies: false),
        Bench.turn("other", 6, replies: false, continues: false), Bench.document("book", seed: 8),
      ]
    let (report, _) = try same(kinds, whole, as: rest) { _ in .times(1_003..<1_004) }
    #expect(report.journalTokens == 9)
    // Replies of turns 3 to 6, and the question.
    #expect(report.contextTokens >= 4 * 6 + 9)
    #expect(report.replayed > 0, "turns told behind it were learned with it in their context")
  }

  @Test("The first turn of a conversation, and the last", arguments: kinds, [1, 3])
  func edges(kinds: [ModuleKind], which: Int) throws {
    let whole = (1...3).map { Bench.turn("chat", $0) }
    let rest = (1...3).filter { $0 != which }.map {
      Bench.turn("chat", $0, replies: $0 < which, continues: $0 > (which == 1 ? 2 : 1))
    }
    try same(kinds, whole, as: rest) { _ in
      .times((1_000 + Double(which))..<(1_000.5 + Double(which)))
    }
  }

  @Test(
    "Of a conversation that is forgotten not even its beginning stays", arguments: kinds,
    [[], [8, 9, 10]] as [[Int32]])
  func conversation(kinds: [ModuleKind], prompt: [Int32]) throws {
    let book = Bench.document("book", seed: 8)
    let whole = [
      book, Bench.opening("chat", 2, prompt: prompt), Bench.turn("chat", 3, isQuestion: true),
      Bench.document("later-book", seed: 9),
    ]
    let rest = [book, Bench.document("later-book", seed: 9)]
    try same(kinds, whole, as: rest) { _ in .times(1_002..<1_003) }
  }

  @Test("A window of a long text, of which the next one goes on", arguments: kinds)
  func window(kinds: [ModuleKind]) throws {
    var windows = (0..<4).map { Bench.document("book", seed: UInt64($0 + 60), count: 20) }
    for index in windows.indices { windows[index].time = Double(index) }
    // Within one attachment, as a text is read: window by window in an emptied cache.
    var rest = windows
    rest.remove(at: 1)
    try same(kinds, windows, as: rest) { _ in .times(1..<2) }
  }

  @Test("Everything leaves an empty memory", arguments: kinds)
  func everything(kinds: [ModuleKind]) throws {
    let steps = [Bench.document("a", seed: 3), Bench.turn("chat", 1)]
    let (report, _) = try same(kinds, steps, as: []) { _ in .times(0..<2_000) }
    #expect(report.journalTokens == 24 + 9)
  }

  @Test("Nothing changes when there is nothing to forget", arguments: kinds)
  func nothing(kinds: [ModuleKind]) throws {
    let memory = try lives.memory(kinds, [Bench.document("a", seed: 3)])
    let before = try ForgettingBench.content(of: memory)
    let report = try memory.forget(.source("nobody"))
    #expect(report.journalTokens == 0 && report.facts.isEmpty)
    let after = try ForgettingBench.content(of: memory)
    #expect(after.data == before.data && after.metadata == before.metadata)
  }

  // MARK: - Checkpoints

  @Test("A replay begins at the last checkpoint before it", arguments: kinds, [1, 6, 9])
  func checkpoints(kinds: [ModuleKind], which: Int) throws {
    let steps = (0..<10).map { Bench.document("doc-\($0)", seed: UInt64($0 + 3)) }
    var rest = steps
    rest.remove(at: which)
    let (report, memory) = try same(kinds, steps, as: rest, checkpoints: 60) { _ in
      .source("doc-\(which)")
    }
    guard kinds.contains(.neural) || kinds.contains(.compressive) else { return }
    #expect(memory.checkpoints.count == 3)
    #expect(report.replayed == 25 * [1: 9, 6: 3, 9: 0][which, default: -1])
  }

  @Test("Interrupted, nothing has changed", arguments: kinds.filter { $0.contains(.neural) })
  func interrupted(kinds: [ModuleKind]) throws {
    struct Stop: Error {}
    let memory = try lives.memory(kinds, (0..<3).map { Bench.document("doc-\($0)", seed: $0 + 3) })
    let before = try Workbench.bytes(of: memory)
    #expect(throws: Stop.self) {
      _ = try memory.forget(.source("doc-0")) { if $0 > 0.4 { throw Stop() } }
    }
    #expect(try Workbench.bytes(of: memory) == before)
  }

  // MARK: - Nothing is left

  @Test("The file holds nothing of it: no tokens in any encoding, no vector", arguments: kinds)
  func bytes(kinds: [ModuleKind]) throws {
    let secret = TinyLlama.tokens(25, seed: 4)
    let steps = [
      Bench.document("a", seed: 3), Bench.document("secret-source", seed: 4),
      Bench.document("c", seed: 5),
    ]
    let memory = try lives.memory(kinds, steps)
    let full = try Workbench.bytes(of: memory)
    #expect(full.range(of: Self.encoded(secret[5..<9].map { $0 })) != nil, "it was there")
    let keys = try Self.vectors(of: memory, tokens: secret)
    _ = try memory.forget(.source("secret-source"))
    let left = try Workbench.bytes(of: memory)
    for start in 0..<22 {
      let run = Array(secret[start..<start + 4])
      #expect(left.range(of: Self.encoded(run)) == nil)
      #expect(left.range(of: Self.encoded(run.map(Int64.init))) == nil)
      #expect(left.range(of: Self.encoded(run.map { UInt16(truncatingIfNeeded: $0) })) == nil)
      #expect(left.range(of: Data(run.map(String.init).joined(separator: ",").utf8)) == nil)
    }
    #expect(left.range(of: Data("secret-source".utf8)) == nil)
    for key in keys { #expect(left.range(of: key) == nil) }
  }

  private static func encoded<T: FixedWidthInteger>(_ values: [T]) -> Data {
    values.map(\.littleEndian).withUnsafeBytes { Data($0) }
  }

  /// The first bytes of every key a text left in the file.
  private static func vectors(of memory: DetachableMemory, tokens: [Int32]) throws -> [Data] {
    let folder = try TemporaryFolder()
    try memory.save(to: folder.path("a.mneme"))
    let file = try SafetensorsFile.open(folder.path("a.mneme"))
    guard let keys = file.tensor("episodic.keys") else { return [] }
    let row = keys.data.count / max(1, keys.shape[0])
    return (24..<48).map { index in
      let start = keys.data.startIndex + index * row
      return keys.data.subdata(in: start..<start + min(32, row))
    }
  }

  // MARK: - Without a journal, and later

  @Test("Without a journal facts are subtracted, and the report names who could not")
  func withoutJournal() throws {
    var step = Bench.document("told", seed: 30, count: 12)
    step.fact = "a fact"
    let memory = try lives.memory(ModuleRegistry.standard.kinds, [step], journal: false)
    let report = try memory.forget(.facts([0]))
    #expect(report.facts.map(\.text) == ["a fact"])
    #expect(report.modules[.episodic] == .exact(entries: 1))
    #expect(Set(report.unable) == Set(ModuleRegistry.standard.kinds).subtracting([.episodic]))
    #expect(memory.factMemory?.facts.isEmpty == true)
  }

  @Test("What a correction replaced is gone for good after compacting", arguments: kinds)
  func replaced(kinds: [ModuleKind]) throws {
    guard kinds.contains(.episodic) else { return }
    var first = Bench.document("told", seed: 30, count: 12)
    first.fact = "a fact"
    var second = first
    second.conversation = "again"
    second.source = "again"
    let between = Bench.document("between", seed: 9)
    let memory = try lives.memory(kinds, [first, between, second])
    let count = memory.factMemory?.facts.count { $0.text == "a fact" }
    guard count == 1 else { return }  // the ledger saw two facts: nothing was replaced
    try memory.compact()
    let fresh = try lives.memory(kinds, [between, second])
    try ForgettingBench.expectSameFile(memory, fresh, "\(kinds)")
  }

  @Test(
    "Without its journal a memory still reads, and says what it cannot forget", arguments: kinds)
  func droppedJournal(kinds: [ModuleKind]) throws {
    let memory = try lives.memory(kinds, [Bench.document("a", seed: 3)])
    let before = try lives.bench.logits(with: memory)
    memory.dropJournal()
    #expect(memory.journal == nil)
    #expect(try lives.bench.logits(with: memory) == before)
    let folder = try TemporaryFolder()
    try memory.save(to: folder.path("a.mneme"))
    let file = try SafetensorsFile.open(folder.path("a.mneme"))
    let isGone = !file.tensors.contains { $0.name.hasPrefix("journal.") }
    #expect(isGone)
    let loaded = try DetachableMemory.load(
      folder.path("a.mneme"), model: lives.bench.model, registry: .standard)
    #expect(loaded.journal == nil)
    #expect(try lives.bench.logits(with: loaded) == before)
  }
}

import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// Merging is living one life after the other.
@Suite("Merging, forking, comparing")
struct MergeTests {
  let lives: ForgettingBench

  init() throws { lives = try ForgettingBench() }

  static let kinds = ForgetEqualityTests.kinds
  private typealias Bench = ForgettingBench

  private let mine = [Bench.document("a", seed: 3), Bench.turn("chat", 1), Bench.turn("chat", 2)]
  private let theirs = [
    Bench.document("b", seed: 5), Bench.turn("talk", 3, continues: false), Bench.turn("talk", 4),
  ]

  @Test("Two lives become the memory of one after the other, to the byte", arguments: kinds)
  func merge(kinds: [ModuleKind]) throws {
    let memory = try lives.memory(kinds, mine)
    let other = try lives.memory(kinds, theirs)
    let before = try Workbench.bytes(of: other)
    let report = try memory.merge(other)
    #expect(report.commits == 5)
    #expect(report.shared == 0)
    #expect(report.conflicts.isEmpty)
    #expect(report.modules.values.allSatisfy { $0 == .exact })
    let both = try lives.memory(kinds, mine + theirs)
    try ForgettingBench.expectSameFile(memory, both, "\(kinds)")
    #expect(try Workbench.bytes(of: other) == before, "the second memory is not changed")
  }

  @Test("Forks share their past: it counts once", arguments: kinds)
  func forks(kinds: [ModuleKind]) throws {
    let memory = try lives.memory(kinds, mine)
    let other = try lives.memory(kinds, mine + theirs)
    let report = try memory.merge(other)
    #expect(report.shared == 5)
    #expect(report.commits == 5)
    try ForgettingBench.expectSameFile(memory, try lives.memory(kinds, mine + theirs), "\(kinds)")
    let again = try memory.merge(other)
    #expect(again.commits == 0)
  }

  @Test("A branch of one conversation goes on in its own context", arguments: kinds)
  func branches(kinds: [ModuleKind]) throws {
    let trunk = [Bench.turn("chat", 1)]
    let memory = try lives.memory(kinds, trunk + [Bench.turn("chat", 2)])
    let other = try lives.memory(kinds, trunk + [Bench.turn("chat", 3)])
    let report = try memory.merge(other)
    #expect(report.commits == 2)
    let journal = try #require(memory.journal)
    // Turn 3 stands behind turn 1, not behind turn 2.
    let third = try #require(journal.records.firstIndex { $0.provenance.turn == 3 })
    #expect(journal.context(through: third).count == 9 + 4 + 9 + 4 + 7 + 7 - 7)
  }

  @Test("Without a journal facts and entries are united, the rest is said to be an estimate")
  func withoutJournal() throws {
    let kinds = ModuleRegistry.standard.kinds
    let memory = try lives.memory(kinds, mine, journal: false)
    let other = try lives.memory(kinds, theirs, journal: false)
    let entries = zip(memory.modules, other.modules).map { $0.entries + $1.entries }
    let report = try memory.merge(other)
    #expect(report.modules[.episodic] == .exact)
    #expect(report.modules[.neighbor] == .exact)
    #expect(report.modules[.neural] == .estimate)
    #expect(report.modules[.compressive] == .unsupported)
    for (index, module) in memory.modules.enumerated()
    where report.modules[type(of: module).kind] != .unsupported {
      #expect(module.entries == entries[index])
    }
    let logits = try lives.bench.logits(with: memory)
    let isFinite = logits.allSatisfy(\.isFinite)
    #expect(isFinite)
    let both = try lives.memory([.neighbor], mine + theirs, journal: false)
    let united = try lives.memory([.neighbor], mine, journal: false)
    _ = try united.merge(try lives.memory([.neighbor], theirs, journal: false))
    #expect(try lives.bench.logits(with: united) == lives.bench.logits(with: both))
  }

  @Test("Memories of other models or adapters are refused, and nothing changes")
  func strangers() throws {
    let memory = try lives.memory([.neighbor], mine)
    let before = try Workbench.bytes(of: memory)
    let foreign = try Workbench(seed: 2).memory([.neighbor])
    #expect(throws: MemoryError.self) { _ = try memory.merge(foreign) }
    let closed = try lives.bench.memory([.neighbor], gate: .closed)
    #expect(throws: MemoryError.self) { _ = try memory.merge(closed) }
    #expect(try Workbench.bytes(of: memory) == before)
  }

  // MARK: - Comparing

  @Test(
    "A memory does not differ from itself; others differ in what only they read", arguments: kinds)
  func difference(kinds: [ModuleKind]) throws {
    let memory = try lives.memory(kinds, mine)
    #expect(memory.difference(to: try lives.memory(kinds, mine)).isEmpty)
    let other = try lives.memory(kinds, mine + theirs)
    let difference = memory.difference(to: other)
    #expect(!difference.isEmpty)
    #expect(difference.shared == 5)
    #expect(difference.commitsOnlyFirst.isEmpty)
    #expect(difference.commitsOnlySecond.map(\.source) == ["b", "chat"])
    #expect(difference.commitsOnlySecond.map(\.tokens) == [24, 18])
    #expect(difference.modules.allSatisfy { !$0.isSame })
    let back = other.difference(to: memory)
    #expect(back.commitsOnlyFirst == difference.commitsOnlySecond)
    #expect(back.onlyFirst == difference.onlySecond)
  }

  @Test("A fork is the same file, and never takes the place of one")
  func fork() throws {
    let folder = try TemporaryFolder()
    let memory = try lives.memory([.neighbor], mine)
    try memory.save(to: folder.path("a.mneme"))
    let info = try DetachableMemory.fork(folder.path("a.mneme"), to: folder.path("b.mneme"))
    #expect(info.journal_tokens == 24 + 18)
    let bytes = try ["a.mneme", "b.mneme"].map {
      try Data(contentsOf: URL(fileURLWithPath: folder.path($0)))
    }
    #expect(bytes[0] == bytes[1])
    let mode =
      try FileManager.default.attributesOfItem(atPath: folder.path("b.mneme"))[
        .posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(throws: MemoryError.fileExists(path: folder.path("b.mneme"))) {
      _ = try DetachableMemory.fork(folder.path("a.mneme"), to: folder.path("b.mneme"))
    }
    try Data("x".utf8).write(to: URL(fileURLWithPath: folder.path("bad.mneme")))
    #expect(throws: MemoryError.self) {
      _ = try DetachableMemory.fork(folder.path("bad.mneme"), to: folder.path("c.mneme"))
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path("c.mneme")))
  }
}

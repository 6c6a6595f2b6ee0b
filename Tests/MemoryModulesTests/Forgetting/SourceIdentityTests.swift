import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// Memories of sources and conversations whose names are canonically equal: two names, in everything a memory does.
@Suite("Names that are canonically equal, in a memory")
struct SourceIdentityTests {
  let lives: ForgettingBench

  init() throws { lives = try ForgettingBench() }

  private typealias Bench = ForgettingBench
  static let kinds = ForgetEqualityTests.kinds

  private static func documents() -> [Bench.Step] {
    CanonicalPair.both.enumerated().map { Bench.document($1, seed: UInt64($0 + 3)) }
  }

  @Test("Forgetting one source leaves the file that never saw it", arguments: kinds, [0, 1])
  func forgetsOne(kinds: [ModuleKind], which: Int) throws {
    let steps = Self.documents()
    let memory = try lives.memory(kinds, steps)
    let fresh = try lives.memory(kinds, [steps[1 - which]])
    let report = try memory.forget(.source(ByteString(CanonicalPair.both[which])))
    #expect(report.journalTokens == 24)
    #expect(memory.sources == [ByteString(CanonicalPair.both[1 - which])])
    try Bench.expectSameFile(memory, fresh, "\(kinds)")
  }

  @Test("Forgetting one conversation leaves the other whole", arguments: [0, 1])
  func conversations(which: Int) throws {
    let steps = Self.documents().map { step in
      var step = step
      step.source = "one source"
      return step
    }
    let memory = try lives.memory([.episodic, .neighbor], steps)
    let fresh = try lives.memory([.episodic, .neighbor], [steps[1 - which]])
    var selection = ForgettingSelection()
    selection.conversations = [ByteString(CanonicalPair.both[which])]
    #expect(try !memory.forget(selection).isEmpty)
    try Bench.expectSameFile(memory, fresh, "conversation \(which)")
  }

  @Test("A conversation is not carried over into one that is canonically equal")
  func carriedRow() throws {
    // The pair across two commits is made within a conversation only: with two names there is none.
    func life(_ names: [String]) throws -> Int {
      let steps = names.enumerated().map { index, name in
        Bench.document(name, seed: UInt64(index + 3), count: 25)
      }
      return try lives.memory([.neighbor], steps).journal?.count ?? 0
    }
    let (same, other) = (["a", "a"], CanonicalPair.both)
    #expect(try life(same) == 49)
    #expect(try life(other) == 48)
  }

  @Test("The file gives back the bytes of every name", arguments: kinds)
  func roundTrip(kinds: [ModuleKind]) throws {
    let memory = try lives.memory(kinds, Self.documents())
    let folder = try TemporaryFolder()
    try memory.save(to: folder.path("a.mneme"))
    let loaded = try DetachableMemory.load(
      folder.path("a.mneme"), model: lives.bench.model, registry: .standard)
    #expect(loaded.journal?.sources == memory.journal?.sources)
    #expect(loaded.sources == CanonicalPair.both.map(ByteString.init(_:)))
    #expect(loaded.factMemory?.facts == memory.factMemory?.facts)
    try Bench.expectSameFile(memory, loaded, "\(kinds)")
  }

  @Test("Merging keeps commits apart that only their names tell from each other")
  func merging() throws {
    let lives = try CanonicalPair.both.map {
      try self.lives.memory([.episodic, .neighbor], [Bench.document($0, seed: 3)])
    }
    let difference = lives[0].difference(to: lives[1])
    #expect(difference.shared == 0)
    #expect(difference.commitsOnlyFirst.map(\.source) == [ByteString(CanonicalPair.composed)])
    #expect(difference.commitsOnlySecond.map(\.source) == [ByteString(CanonicalPair.decomposed)])
    let report = try lives[0].merge(lives[1])
    #expect(report.commits == 1 && report.shared == 0)
    #expect(lives[0].sources == CanonicalPair.both.map(ByteString.init(_:)))
    // Merged once more, everything is known.
    #expect(try lives[0].merge(lives[1]).commits == 0)
  }

  @Test("Answers that are canonically equal contradict each other")
  func answers() throws {
    let benches = try zip(CanonicalPair.both, [100.0, 200]).map { answer, time in
      let bench = try FactBench(kinds: [.episodic, .neighbor])
      try bench.tell("my name is", answer: answer, source: "at \(time)", time: time)
      return bench
    }
    let difference = benches[0].memory.difference(to: benches[1].memory)
    #expect(difference.changed.map(\.first.answer) == [ByteString(CanonicalPair.composed)])
    #expect(difference.changed.map(\.second.answer) == [ByteString(CanonicalPair.decomposed)])
    let report = try benches[0].memory.merge(benches[1].memory)
    #expect(report.conflicts.count == 1)
    let left = benches[0].memory.factMemory?.facts.compactMap(\.answer)
    #expect(left == [ByteString(CanonicalPair.decomposed)])
  }

  @Test("An export names each by its bytes, and makes the same memory again")
  func export() throws {
    let bench = try FactBench(kinds: [.episodic, .neighbor])
    for (text, name) in zip(["my brother is called", "the king of zumba is"], CanonicalPair.both) {
      try bench.tell(text, answer: name, source: name)
    }
    let lines = bench.memory.exported(with: bench.tokenizer)
    for name in CanonicalPair.both {
      let named = Data("\"source\":\"\(name)\"".utf8)
      #expect(lines.range(of: named) != nil, "\(Array(name.utf8))")
    }
    #expect(bench.memory.factMemory?.facts.count == 2)
    let copy = try FactBench(kinds: [.episodic, .neighbor])
    _ = try copy.memory.importLines(lines, path: "export")
    #expect(copy.memory.sources == bench.memory.sources)
    #expect(copy.memory.factMemory?.facts == bench.memory.factMemory?.facts)
  }

  @Test("Sources somebody may have meant end in the same name, by bytes")
  func alike() throws {
    let names = ["a/notes.txt", "b/notes.txt", "notes", "c/Jose\u{301}", "d/Jos\u{E9}"]
    let memory = try lives.memory(
      [.neighbor],
      names.enumerated().map { Bench.document($1, seed: UInt64($0 + 3), count: 9) })
    #expect(memory.sources == names.map(ByteString.init(_:)))
    #expect(memory.sources(namedLike: "notes.txt") == ["a/notes.txt", "b/notes.txt"])
    #expect(memory.sources(namedLike: "a/notes.txt") == ["b/notes.txt"])
    #expect(memory.sources(namedLike: "x/Jose\u{301}") == ["c/Jose\u{301}"])
    #expect(memory.sources(namedLike: "txt").isEmpty)
    #expect(try memory.forget(.source("notes.txt")).isEmpty)
    #expect(memory.sources.count == names.count)
  }
}

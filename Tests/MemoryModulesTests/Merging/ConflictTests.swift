import Foundation
import Memory
import MemoryModules
import ModelFiles
import TestSupport
import Testing
import Transformer

/// Two memories that were told different things of the same.
@Suite("Conflicts of a merge")
struct ConflictTests {
  private func told(_ city: String, at time: Double) throws -> FactBench {
    let bench = try FactBench(kinds: [.episodic, .neighbor])
    try bench.tell("my home is in", answer: city, source: "at \(time)", time: time)
    try bench.tell("my dog is called", answer: "Bozkif", source: "dog", time: time)
    return bench
  }

  @Test(
    "Contradicting facts are shown, and one stays as the policy says",
    arguments: zip(
      [MergePolicy.newest, .first, .second, .both],
      [["Oslo"], ["Turin"], ["Oslo"], ["Turin", "Oslo"]] as [[ByteString]]))
  func policies(policy: MergePolicy, homes: [ByteString]) throws {
    let (mine, theirs) = try (told("Turin", at: 100), told("Oslo", at: 200))
    let report = try mine.memory.merge(theirs.memory, keeping: policy)
    #expect(report.conflicts.count == 1)
    let conflict = try #require(report.conflicts.first)
    #expect(conflict.first.answer == "Turin")
    #expect(conflict.second.answer == "Oslo")
    #expect(conflict.kept == (policy == .newest ? .second : policy))
    let facts = mine.memory.factMemory?.facts ?? []
    #expect(facts.filter { $0.text.hasPrefix("my home") }.compactMap(\.answer) == homes)
  }

  @Test("The newest wins whichever memory it is in")
  func newest() throws {
    let (mine, theirs) = try (told("Turin", at: 300), told("Oslo", at: 200))
    let report = try mine.memory.merge(theirs.memory)
    #expect(report.conflicts.map(\.kept) == [.first])
    let homes = (mine.memory.factMemory?.facts ?? []).filter { $0.text.hasPrefix("my home") }
    #expect(homes.compactMap(\.answer) == ["Turin"])
  }

  @Test("Facts that agree are no conflict; those that changed are a difference")
  func difference() throws {
    let (mine, theirs) = try (told("Turin", at: 100), told("Oslo", at: 200))
    let difference = mine.memory.difference(to: theirs.memory)
    #expect(difference.changed.map(\.first.answer) == ["Turin"])
    #expect(difference.changed.map(\.second.answer) == ["Oslo"])
    #expect(difference.onlyFirst.isEmpty && difference.onlySecond.isEmpty)
  }
}

import Foundation
public import ModelFiles
import Transformer

/// The differences between two memories of one model.
public struct MemoryDifference: Sendable, Equatable, Codable {
  /// Commits of one source and conversation.
  public struct Commits: Sendable, Equatable, Codable {
    /// The source.
    public var source: ByteString
    /// The conversation.
    public var conversation: ByteString
    /// How many commits.
    public var commits: Int
    /// Tokens learned in them.
    public var tokens: Int
  }

  /// Two facts on the same subject with different answers.
  public struct Change: Sendable, Equatable, Codable {
    /// In the first memory.
    public var first: Fact
    /// In the second one.
    public var second: Fact
  }

  /// A module in both.
  public struct Module: Sendable, Equatable, Codable {
    /// The kind.
    public var kind: String
    /// Entries in the first memory; nil when it has no such module.
    public var first: Int?
    /// Entries in the second memory.
    public var second: Int?
    /// Whether the states are bit-identical.
    public var isSame: Bool
  }

  /// Facts that only the first memory has.
  public var onlyFirst: [Fact] = []
  /// Facts that only the second memory has.
  public var onlySecond: [Fact] = []
  /// Facts on the same subject with different answers.
  public var changed: [Change] = []
  /// Commits that only the first memory's journal has.
  public var commitsOnlyFirst: [Commits] = []
  /// Commits that only the second memory's journal has.
  public var commitsOnlySecond: [Commits] = []
  /// Commits that both have.
  public var shared = 0
  /// The modules.
  public var modules: [Module] = []
  /// Whether keys, gates and configurations are the same.
  public var sameAdapter = true

  /// Whether the memories hold the same contents.
  public var isEmpty: Bool {
    sameAdapter && modules.allSatisfy(\.isSame) && commitsOnlyFirst.isEmpty
      && commitsOnlySecond.isEmpty && onlyFirst.isEmpty && onlySecond.isEmpty && changed.isEmpty
  }
}

extension DetachableMemory {
  /// Compares this memory with another one of the same model.
  public func difference(to other: DetachableMemory) -> MemoryDifference {
    var result = MemoryDifference()
    result.sameAdapter = adapter == other.adapter
    compareFacts(other, &result)
    compareJournals(other, &result)
    let kinds = modules.map { $0.kind }
    let others = other.modules.map { $0.kind }
    for kind in kinds + others.filter({ !kinds.contains($0) }) {
      let mine = modules.first { $0.kind == kind }
      let theirs = other.modules.first { $0.kind == kind }
      result.modules.append(
        .init(
          kind: kind.rawValue, first: mine?.entries, second: theirs?.entries,
          isSame: mine.map(Self.bytes) == theirs.map(Self.bytes)))
    }
    return result
  }

  private static func bytes(_ module: any MemoryModule) -> String {
    var writer = SafetensorsWriter()
    module.save(into: &writer)
    return MemoryFileHeader.checksum(writer.serialized())
  }

  private func compareFacts(_ other: DetachableMemory, _ result: inout MemoryDifference) {
    let mine = factMemory?.facts ?? []
    let theirs = other.factMemory?.facts ?? []
    let known = Set(theirs.map(\.handle))
    let ours = Set(mine.map(\.handle))
    var onlyMine = mine.filter { !known.contains($0.handle) }
    var onlyTheirs = theirs.filter { !ours.contains($0.handle) }
    // Facts have the same subject when the words before the answer are equal.
    for fact in onlyMine {
      guard let prompt = fact.prompt,
        let place = onlyTheirs.firstIndex(where: { $0.prompt == prompt })
      else { continue }
      result.changed.append(.init(first: fact, second: onlyTheirs.remove(at: place)))
      onlyMine.removeAll { $0.id == fact.id }
    }
    result.onlyFirst = onlyMine
    result.onlySecond = onlyTheirs
  }

  private func compareJournals(_ other: DetachableMemory, _ result: inout MemoryDifference) {
    let mine = keys(journal)
    let theirs = keys(other.journal)
    result.shared = mine.keys.count { theirs[$0] != nil }
    result.commitsOnlyFirst = Self.grouped(journal, mine.filter { theirs[$0.key] == nil })
    result.commitsOnlySecond = Self.grouped(other.journal, theirs.filter { mine[$0.key] == nil })
  }

  private func keys(_ journal: Journal?) -> [RecordKey: Int] {
    guard let journal else { return [:] }
    return Dictionary(
      journal.records.indices.map { (RecordKey($0, of: journal), $0) },
      uniquingKeysWith: { a, _ in a })
  }

  private static func grouped(
    _ journal: Journal?, _ records: [RecordKey: Int]
  ) -> [MemoryDifference.Commits] {
    guard let journal else { return [] }
    var groups: [MemoryDifference.Commits] = []
    for index in records.values.sorted() {
      let record = journal.records[index]
      let tokens = journal.learned(in: record).count
      if let place = groups.lastIndex(where: {
        $0.source == record.provenance.source
          && $0.conversation == record.provenance.conversation
      }) {
        groups[place].commits += 1
        groups[place].tokens += tokens
      } else {
        groups.append(
          .init(
            source: record.provenance.source, conversation: record.provenance.conversation,
            commits: 1, tokens: tokens))
      }
    }
    return groups
  }
}

extension Fact {
  /// The words before the answer of a told fact.
  fileprivate var prompt: ByteString? {
    guard let answer,
      let range = text.range(of: answer.text, options: [.backwards, .literal])
    else { return nil }
    return ByteString(String(text[..<range.lowerBound]))
  }
}

import Foundation
import Memory
import ModelFiles
import Transformer

/// Which facts still hold: those that were not told again or corrected later.
///
/// Computed from the facts alone and stored nowhere: once a correction is forgotten, what it corrected holds again.
package struct FactStandings: Sendable {
  /// The fact that took the place of each older one.
  fileprivate(set) var successors: [Int: Int] = [:]
  /// What a correction says by itself, where that is not its text.
  fileprivate(set) var statements: [Int: String] = [:]
  /// The facts with a text, ascending.
  fileprivate var tellings: [ByteString: [Int]] = [:]
  /// The facts that took the place of others, and those that would if there were any.
  fileprivate var active: Set<Int> = []

  package init() {}
}

extension FactLedger {
  /// Older facts that a correction is compared with: the newest so many.
  private static let compared = 64

  /// Whether a fact still holds.
  ///
  /// - Parameter end: facts from this number on count as not told yet.
  package func isCurrent(_ id: Int, before end: Int = .max) -> Bool {
    standings.successors[id].map { $0 >= end } ?? true
  }

  /// The fact that took the place of another; nil for one that holds.
  package func successor(of id: Int) -> Int? { standings.successors[id] }

  /// What a correction says by itself; nil for a fact that says it in its text.
  package func statement(of id: Int) -> String? { standings.statements[id] }

  /// The places of the facts that were corrected by one that does not say by itself what it is about, by its number.
  package var corrected: [Int: [Int]] {
    standings.successors.keys.sorted().reduce(into: [:]) { corrected, old in
      guard let new = standings.successors[old], standings.statements[new] != nil,
        let place = index(of: old)
      else { return }
      corrected[new, default: []].append(place)
    }
  }

  /// The other facts with a fact's text.
  package func repeats(of id: Int) -> [Int] {
    guard let index = index(of: id), let key = Self.key(text(of: records[index])) else { return [] }
    return (standings.tellings[key] ?? []).filter { $0 != id }
  }

  /// The facts whose place a fact took, and those whose place these took.
  package func replaced(by id: Int) -> [Int] {
    var found: Set<Int> = [id]
    // A fact's place is only taken by a newer one.
    for (old, new) in standings.successors.sorted(by: { $0.key > $1.key }) where found.contains(new)
    {
      found.insert(old)
    }
    return found.subtracting([id]).sorted()
  }

  /// A fact in words, without the white space around it.
  package func text(of record: FactRecord) -> String {
    let text = record.text ?? splitter.text(of: record.tokens)
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// What a told text is recognised by: its bytes, but for the case of the first letter; nil for an empty one.
  private static func key(_ text: String) -> ByteString? {
    text.isEmpty ? nil : ByteString(text.prefix(1).lowercased() + text.dropFirst())
  }

  /// Finds out what a new fact repeats and corrects.
  mutating func admit(_ record: FactRecord) {
    let text = text(of: record)
    if let key = Self.key(text) {
      standings.tellings[key, default: []].append(record.id)
    }
    judge(record, text: text)
  }

  /// Takes a fact out of the standings.
  mutating func dismiss(_ record: FactRecord) {
    standings.active.remove(record.id)
    standings.statements[record.id] = nil
    standings.successors[record.id] = nil
    guard let key = Self.key(text(of: record)) else { return }
    standings.tellings[key]?.removeAll { $0 == record.id }
    if standings.tellings[key]?.isEmpty == true { standings.tellings[key] = nil }
  }

  /// Whether what some facts took the place of, or might have, is to be judged again when others go.
  func concerns(_ gone: [FactRecord]) -> Bool {
    let conversations = Set(gone.map(\.provenance.conversation))
    return gone.contains {
      standings.active.contains($0.id) || standings.successors[$0.id] != nil
    }
      || standings.active.contains { id in
        index(of: id).map { conversations.contains(records[$0].provenance.conversation) } ?? false
      }
  }

  /// Judges all corrections again, after a fact went or changed.
  ///
  /// - Returns: the facts whose statement is another than before.
  mutating func judgeAgain() -> [Int] {
    let before = standings.statements
    standings.successors = [:]
    standings.statements = [:]
    for id in standings.active.sorted() {
      guard let index = index(of: id) else { continue }
      judge(records[index], text: text(of: records[index]))
    }
    return Set(before.keys).union(standings.statements.keys).sorted().filter {
      before[$0] != standings.statements[$0]
    }
  }

  private mutating func judge(_ record: FactRecord, text: String) {
    let older = Self.key(text).flatMap { standings.tellings[$0] }?.filter { $0 < record.id } ?? []
    for id in older where standings.successors[id] == nil { standings.successors[id] = record.id }
    if !older.isEmpty { standings.active.insert(record.id) }
    guard Self.isSaid(record), !text.isEmpty else { return }
    let statement = FactStatement(text)
    if statement.isMarked {
      standings.active.insert(record.id)
      correct(with: statement, record)
    }
    guard statement.canReplace else { return }
    // The newest is enough: it took the place of those before it.
    let last = candidates(for: statement, before: record.id).first { id in
      spoken(id).map(statement.replaces) ?? false
    }
    guard let last else { return }
    standings.active.insert(record.id)
    if standings.successors[last] == nil { standings.successors[last] = record.id }
  }

  /// Retires the one fact that a correction corrects.
  private mutating func correct(with statement: FactStatement, _ record: FactRecord) {
    let conversation = record.provenance.conversation
    // The newest facts of the conversation that hold, then those that share a word.
    var near: [(id: Int, between: Int)] = []
    let end = index(of: record.id) ?? records.count
    for older in records[..<end].reversed().prefix(Self.compared) {
      guard older.provenance.conversation == conversation, near.count < 4 else { break }
      if Self.isSaid(older), isCurrent(older.id), !text(of: older).isEmpty {
        near.append((older.id, near.count))
      }
    }
    var best: (id: Int, statement: FactStatement)?
    for (id, between) in near {
      guard let old = spoken(id) else { continue }
      if statement.corrects(old, at: .init(isSameConversation: true, between: between)) {
        best = (id, old)
        break
      }
    }
    if best == nil {
      let known = Set(near.map(\.id))
      for id in candidates(for: statement, before: record.id)
      where !known.contains(id) && isCurrent(id) {
        guard let index = index(of: id), let old = spoken(id) else { continue }
        let isSame = records[index].provenance.conversation == conversation
        if statement.corrects(old, at: .init(isSameConversation: isSame, between: near.count)) {
          best = (id, old)
          break
        }
      }
    }
    if let best { standings.successors[best.id] = record.id }
    let old = best.map { best in
      standings.statements[best.id].map { FactStatement($0) } ?? best.statement
    }
    let own = statement.completed(from: old)
    standings.statements[record.id] = own == statement.text ? nil : own
  }

  /// Older facts that share the words a statement is about, or, of the user himself, the form; the newest first.
  private func candidates(
    for statement: FactStatement, before id: Int
  ) -> [Int] {
    var words = statement.denied.map { statement.stems($0) } ?? []
    var subject: Set<String> = []
    if statement.denied == nil {
      subject = statement.subject
      let telling = statement.isMarked ? Array(subject) : rarest(subject).map { [$0] } ?? []
      words =
        !subject.isEmpty
        ? telling
        : (statement.isLiving ? ["live", "living", "moved", "based"] : ["am", "i'm"])
    }
    let found = Set(words.flatMap { facts(with: $0) }).filter { other in
      guard other < id, let index = index(of: other), Self.isSaid(records[index]) else {
        return false
      }
      // A correction may name less of it, or more; without a word of correction all must agree.
      return statement.isMarked || subject.allSatisfy { profiles[index].words[$0] != nil }
    }
    return Array(found.sorted(by: >).prefix(Self.compared))
  }

  /// A fact in parts.
  private func spoken(_ id: Int) -> FactStatement? {
    index(of: id).map { FactStatement(text(of: records[$0])) }
  }

  private func rarest(_ words: Set<String>) -> String? {
    words.min { (facts(with: $0).count, $0) < (facts(with: $1).count, $1) }
  }

  /// Whether somebody said a fact, so that it can be corrected; texts that were read stand as they are.
  private static func isSaid(_ record: FactRecord) -> Bool {
    record.isTold || record.provenance.role != .document
  }
}

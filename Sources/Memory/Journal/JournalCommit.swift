public import ModelFiles
public import Tokenization
import Transformer

/// A commit of the journal in readable form.
public struct JournalCommit: Sendable, Equatable, Codable {
  /// The conversation.
  public var conversation: ByteString
  /// The turn in it.
  public var turn: Int
  /// `user`, `assistant`, `system` or `document`.
  public var role: String
  /// The source it came from.
  public var source: ByteString
  /// Seconds since 1970.
  public var time: Double
  /// Tokens committed.
  public var tokens: Int
  /// Tokens learned.
  public var learned: Int
  /// Mean -log p of the learned tokens, nats.
  public var surprisal: Double
  /// The text that was said or read, without control tokens.
  public var text: String
}

extension DetachableMemory {
  /// The commits, oldest first; none without a journal.
  ///
  /// - Parameter tokenizer: the model's.
  public func commits(with tokenizer: any Tokenizer) -> [JournalCommit] {
    guard let journal else { return [] }
    return journal.records.map { record in
      let learned = journal.learned(in: record)
      let sum = journal.surprisals[learned].reduce(0.0) { $0 + Double($1) }
      return JournalCommit(
        conversation: record.provenance.conversation, turn: record.provenance.turn,
        role: record.provenance.role.rawValue, source: record.provenance.source,
        time: record.provenance.time, tokens: record.own.count, learned: learned.count,
        surprisal: learned.isEmpty ? 0 : sum / Double(learned.count),
        text: tokenizer.decode(
          record.own.filter { journal.marks[$0].part != .mark }.map { journal.stream[$0] }))
    }
  }
}

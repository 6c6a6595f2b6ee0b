import Transformer

/// One line of an exported memory: JSON that can be read without Mneme.
///
/// The first line is a head, then come the commits in order, each with its text, then the facts. Mneme rebuilds the
/// memory from the commits; the facts are for people and other programs.
package struct ExportedLine: Codable, Equatable {
  /// `head`, `commit` or `fact`.
  package var type: String
  /// Of a head: the version of the export format.
  package var format: Int?
  /// Of a head: the model's fingerprint.
  package var model: String?
  /// Of a head: the kinds of memory.
  package var modules: [String]?

  package var conversation: String?
  package var turn: Int?
  package var role: String?
  package var source: String?
  /// Seconds since 1970.
  package var time: Double?
  /// The same, ISO 8601, for people.
  package var date: String?
  /// The text that was said or read, without control tokens.
  package var text: String?

  /// Of a commit: all tokens, those of the lead first.
  package var tokens: [Int32]?
  /// The mark of each token (`StreamMark`).
  package var marks: [UInt8]?
  /// Nats, one per learned token.
  package var surprisals: [Float]?
  package var parent: Int?
  package var keep: Int?
  package var lead: Int?
  package var ends_segment: Bool?
  /// Whether the context is known; false for commits from a file of format 1, which cannot be replayed.
  package var complete: Bool?
  /// The fact that the commit states, if any.
  package var told: ToldFact?

  /// Of a fact: its handle.
  package var id: String?
  package var answer: String?

  package init(type: String) { self.type = type }
}

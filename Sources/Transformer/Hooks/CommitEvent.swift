public import ModelFiles

/// Who wrote a stretch of tokens.
public enum Role: String, Sendable, Codable, CaseIterable {
  case user, assistant, system, document
}

/// Where a stretch of tokens came from.
public struct Provenance: Sendable, Codable, Equatable {
  /// Identifies the conversation or the reading of a document; an entry never pairs tokens of two conversations.
  public var conversation: ByteString
  /// The turn within the conversation, from 0.
  public var turn: Int
  /// Who wrote it.
  public var role: Role
  /// A name a person recognises: the path of a file as it was given, "chat", or the value of `--source`.
  public var source: ByteString
  /// Seconds since 1970.
  public var time: Double

  /// Creates a provenance.
  public init(conversation: String, turn: Int, role: Role, source: String, time: Double) {
    self.conversation = ByteString(conversation)
    self.turn = turn
    self.role = role
    self.source = ByteString(source)
    self.time = time
  }
}

/// The part of the text that a token belongs to.
public enum TokenPart: UInt8, Sendable, Codable, CaseIterable {
  /// A control token of the chat template, or other text that belongs to no speaker.
  case mark = 0
  /// Said by the user, whether it may be learned or not.
  case user
  /// Said by the assistant.
  case assistant
  /// Part of the system prompt.
  case system
  /// Part of a document that was read.
  case document

  /// The part that text of a role belongs to.
  public init(_ role: Role) {
    self =
      switch role {
      case .user: .user
      case .assistant: .assistant
      case .system: .system
      case .document: .document
      }
  }
}

/// The event "these tokens were accepted", the only one at which a memory may change.
public struct CommitEvent: Sendable {
  /// The positions in the session's cache.
  public let positions: Range<Int>
  /// The tokens at those positions.
  public let tokens: [Int32]
  /// Per token, whether a memory may learn it; false for system prompts, template tokens, and recalled text.
  public let learnable: [Bool]
  /// Per token, what it is.
  public let parts: [TokenPart]
  /// Where the tokens came from.
  public let provenance: Provenance
  /// Whether the segment ends here: what was written so far becomes readable.
  public let endsSegment: Bool
  /// Per token log p under the plain model, nats; nil where the one who commits does not know them.
  public let logProbabilities: [Float]?
}

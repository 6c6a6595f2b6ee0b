public import ModelFiles

/// Who wrote a stretch of tokens.
public enum Role: String, Sendable, Codable, CaseIterable {
  case user, assistant, system, document
}

/// Where a stretch of tokens came from.
public struct Provenance: Sendable, Codable, Equatable {
  /// Identifies the conversation or the reading of a document; entries never pair tokens across two of them.
  public var conversation: ByteString
  /// The turn within the conversation, from 0.
  public var turn: Int
  /// Who wrote it.
  public var role: Role
  /// A name a person recognises: the path of a file as it was given, "chat", whatever was given as `--source`.
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

/// What a token is in the text it was committed with.
public enum TokenPart: UInt8, Sendable, Codable, CaseIterable {
  /// A mark of the template, or anything else that nobody said.
  case mark = 0
  /// Said by the user, whether it may be learned or not.
  case user
  /// Said by the assistant.
  case assistant
  /// Of the system prompt.
  case system
  /// Of a text that was read.
  case document

  /// What a role says.
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

/// "These tokens were accepted": the only moment a memory may change.
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
  /// Whether what was written so far becomes readable.
  public let endsSegment: Bool
}

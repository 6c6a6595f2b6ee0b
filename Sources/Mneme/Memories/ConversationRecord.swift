/// One line of a JSONL file of conversations: turns, and a name.
public struct ConversationRecord: Sendable, Equatable, Codable {
  /// One message.
  public struct Turn: Sendable, Equatable, Codable {
    /// `user`, `assistant` or `system`.
    public var role: String
    /// Its text.
    public var text: String

    /// A turn from its parts.
    public init(role: String, text: String) {
      self.role = role
      self.text = text
    }

    private enum CodingKeys: String, CodingKey {
      case role, text, content
    }

    /// Reads `role` and `text` (or `content`, as chat programs name it).
    public init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      role = try container.decode(String.self, forKey: .role)
      text =
        try container.decodeIfPresent(String.self, forKey: .text)
        ?? container.decode(String.self, forKey: .content)
    }

    /// Writes `role` and `text`.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(role, forKey: .role)
      try container.encode(text, forKey: .text)
    }
  }

  /// The messages, in order.
  public var turns: [Turn]
  /// A name for the conversation.
  public var id: String?

  /// A conversation from its parts.
  public init(turns: [Turn], id: String? = nil) {
    self.turns = turns
    self.id = id
  }
}

/// A token that was said, how much it surprised the model, and how much the model with its memories.
public struct TokenSurprisal: Sendable, Equatable, Codable {
  /// Who said a token.
  public enum Role: String, Sendable, Codable {
    case user, assistant
  }

  /// The token as text. Joined, the tokens of a role are what was said; a character of several tokens stands with the last
  /// of them, and the others are empty.
  public var text: String
  /// Who said it.
  public var role: Role
  /// -log p under the model alone, nats.
  public var plain: Double
  /// -log p under the model with the memories as they were before the turn, nats; `nil` when none is attached.
  public var attached: Double?

  /// A token from its parts.
  public init(text: String, role: Role, plain: Double, attached: Double?) {
    self.text = text
    self.role = role
    self.plain = plain
    self.attached = attached
  }

  /// Nats the memories saved on it; negative when they cost some, `nil` when none is attached.
  public var saved: Double? { attached.map { plain - $0 } }
}

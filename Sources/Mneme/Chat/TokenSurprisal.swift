/// A token's surprisal under the model alone and under the model with its memories.
public struct TokenSurprisal: Sendable, Equatable, Codable {
  /// The author of a token.
  public enum Role: String, Sendable, Codable {
    case user, assistant
  }

  /// The token as text. Joined, the tokens of a role give its text; a character of several tokens is in the last of
  /// them, and the others are empty.
  public var text: String
  /// Its author.
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

  /// The reduction of surprisal by the memories, nats; negative when they increase it, `nil` when none is attached.
  public var saved: Double? { attached.map { plain - $0 } }
}

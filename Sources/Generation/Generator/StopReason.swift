/// Why a generation ended.
public enum StopReason: String, Sendable, Codable {
  /// The model ended its turn.
  case endOfTurn
  /// As many tokens as allowed were generated.
  case length
  /// The text has become a loop (`RepetitionGuard`).
  case repetition
  /// The session holds no further token.
  case contextFull
  /// The task was cancelled, or `cancel()` was called.
  case cancelled
}

/// A token that a generation delivers.
public struct GeneratedToken: Sendable, Equatable {
  /// The token.
  public let id: Int32
  /// Its position in the session.
  public let position: Int

  /// Creates a generated token.
  public init(id: Int32, position: Int) {
    self.id = id
    self.position = position
  }
}

/// How surprising a token was to a memory that learns by surprise when it was written (Titans, arXiv 2501.00663, section 3.1).
public struct TokenSurprise: Sendable, Codable, Equatable {
  /// The token's index in the journal; -1 without one.
  public var journal: Int
  /// The token.
  public var token: Int32
  /// -log p under the plain model, nats.
  public var surprisal: Float
  /// The memory's own loss at the anchor, before the write.
  public var loss: Float
  /// Momentary surprise: the length of that loss's gradient in all weights.
  public var momentary: Float
  /// Past surprise: the length of S after the token.
  public var past: Float
  /// Step size theta, as applied.
  public var theta: Float
  /// Share of past surprise kept, eta.
  public var eta: Float
  /// Share of the learned that was forgotten, alpha.
  public var alpha: Float
  /// Whether it was written; false below the threshold and under the write mask.
  public var isWritten: Bool

  /// A record from its parts.
  public init(
    journal: Int, token: Int32, surprisal: Float, loss: Float, momentary: Float, past: Float,
    theta: Float, eta: Float, alpha: Float, isWritten: Bool
  ) {
    self.journal = journal
    self.token = token
    self.surprisal = surprisal
    self.loss = loss
    self.momentary = momentary
    self.past = past
    self.theta = theta
    self.eta = eta
    self.alpha = alpha
    self.isWritten = isWritten
  }
}

/// A module that learns by surprise and can say how much there was.
public protocol SurpriseReporting: MemoryModule {
  /// How surprising each token of the last segment was that brought any, in order.
  var surprises: [TokenSurprise] { get }
}

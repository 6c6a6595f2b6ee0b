/// The surprise of one token at the time it was written, for a memory that learns by surprise (Titans, arXiv
/// 2501.00663, section 3.1).
public struct TokenSurprise: Sendable, Codable, Equatable {
  /// The token's index in the journal; -1 without one.
  public var journal: Int
  /// The token.
  public var token: Int32
  /// -log p under the plain model, nats.
  public var surprisal: Float
  /// The memory's own loss at the anchor, before the write.
  public var loss: Float
  /// Momentary surprise: the L2 norm of that loss's gradient over all weights.
  public var momentary: Float
  /// Past surprise: the L2 norm of the momentum S after the token.
  public var past: Float
  /// Step size theta, as applied.
  public var theta: Float
  /// Share of past surprise kept, eta.
  public var eta: Float
  /// Share of the learned weights that was decayed, alpha.
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

/// A module that learns by surprise and reports it.
public protocol SurpriseReporting: MemoryModule {
  /// The surprise of each token of the last segment that had any, in order.
  var surprises: [TokenSurprise] { get }
}

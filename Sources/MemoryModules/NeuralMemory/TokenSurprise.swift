/// How surprising a token was to a neural memory when it was written (Titans, section 3.1).
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

/// Collects the surprise of a segment's tokens, in the order they came.
struct SurpriseTracker: Sendable {
  /// Of the last segment in which something came.
  private(set) var published: [TokenSurprise] = []
  private var found: [(order: Int, surprise: TokenSurprise)] = []
  /// The order of each token in the open chunk; nil for those of earlier segments.
  private var open: [Int?] = []
  private var next = 0

  /// A token joined the open chunk.
  mutating func append() {
    open.append(next)
    next += 1
  }

  /// A token was turned away.
  mutating func skip(_ surprise: TokenSurprise) {
    found.append((next, surprise))
    next += 1
  }

  /// The open chunk was stepped on.
  mutating func record(_ surprises: [TokenSurprise]) {
    for (order, surprise) in zip(open, surprises) {
      if let order { found.append((order, surprise)) }
    }
  }

  /// The open chunk is closed.
  mutating func closeChunk() { open.removeAll(keepingCapacity: true) }

  /// The segment ends; nothing new leaves what was published.
  mutating func publish() {
    guard !found.isEmpty else { return }
    published = found.sorted { $0.order < $1.order }.map(\.surprise)
    found.removeAll()
    for index in open.indices { open[index] = nil }
    next = 0
  }

  /// Begins anew behind a chunk that came from a file.
  mutating func reset(open count: Int) {
    self = SurpriseTracker()
    open = [Int?](repeating: nil, count: count)
  }
}

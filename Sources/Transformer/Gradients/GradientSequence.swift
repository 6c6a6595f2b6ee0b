/// A sequence of tokens that fast weights learn from, and what is asked of its rows.
public struct GradientSequence: Sendable {
  /// The tokens; position 0 is the first.
  public var tokens: [Int32]
  /// The first tokens that are read without a gradient: their keys and values count as constants.
  public var context: Int
  /// What is asked of single rows; the loss is the weighted sum.
  public var targets: [GradientTarget]

  /// Creates a sequence.
  public init(tokens: [Int32], context: Int = 0, targets: [GradientTarget]) {
    self.tokens = tokens
    self.context = context
    self.targets = targets
  }

  /// Every token is to be predicted from those before it, with the same weight; the loss is the mean surprisal, nats.
  public init(predicting tokens: [Int32]) {
    let weight = 1 / Float(max(1, tokens.count - 1))
    self.init(
      tokens: tokens,
      targets: tokens.indices.dropFirst().map {
        GradientTarget(row: $0 - 1, weight: weight, goal: .token(tokens[$0]))
      })
  }
}

/// What is asked of the prediction at one row.
public struct GradientTarget: Sendable {
  /// What the prediction is compared with.
  public enum Goal: Sendable {
    /// The next token: -log p(token), nats.
    case token(Int32)
    /// Another prediction q, of the plain model at another place: KL(q || p), nats.
    ///
    /// - Parameter hidden: that one's final hidden state after the norm, [width].
    case prediction(hidden: [Float])
  }

  /// The row of the sequence whose prediction of the next token is meant.
  public var row: Int
  /// The factor of its loss.
  public var weight: Float
  /// What it is compared with.
  public var goal: Goal

  /// Creates a target.
  public init(row: Int, weight: Float, goal: Goal) {
    self.row = row
    self.weight = weight
    self.goal = goal
  }
}

/// The gradients of one update's matrices.
public struct LowRankGradient: Sendable {
  /// dL/dA, [rank, inputs].
  public var down: [Float]
  /// dL/dB, [outputs, rank].
  public var up: [Float]

  /// Zeros of an update's extents.
  public init(like update: LowRankUpdate) {
    down = [Float](repeating: 0, count: update.down.count)
    up = [Float](repeating: 0, count: update.up.count)
  }
}

/// A loss and its gradients.
public struct GradientResult: Sendable {
  /// Per sequence the loss of each target, nats, without its weight.
  public var losses: [[Float]]
  /// The weighted sum of all losses.
  public var loss: Double
  /// Gradients of the weighted sum by matrix; empty where none were asked for.
  public var gradients: [ProjectionPoint: LowRankGradient]
  /// Gradients of the rows of a prefix, in its shape; nil where there is none or none were asked for.
  public var prefix: AttentionPrefix?
}

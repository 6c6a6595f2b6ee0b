public import Memory

/// The configuration of a Hopfield memory.
public struct HopfieldConfiguration: ModuleConfiguration {
  /// Inverse temperature of the softmax over stored patterns: large values retrieve one pattern, small ones a blend.
  public var beta: Float = 32
  /// Steps of the update rule; each replaces the query by the retrieved pattern. 1 step is attention over stored keys.
  public var updates = 1
  /// Cosine of two stored keys from which on the newer one replaces the older in a read when their tokens differ: a
  /// plain softmax would keep giving the old value half of the weight. Above 1 never.
  public var supersededFrom: Float = 0.9
  /// The largest number of patterns; beyond it the oldest are dropped.
  public var budget = 65_536

  public init(for context: ModuleContext) {}

  public var isSound: Bool {
    beta.isFinite && (0.1...1000).contains(beta) && (1...16).contains(updates)
      && supersededFrom.isFinite && supersededFrom > 0 && (1...10_000_000).contains(budget)
  }

  public static var expectation: String? {
    "a beta of 0.1 to 1000, 1 to 16 updates, a budget of 1 to 10000000"
  }
}

package import Memory

/// The configuration of a memory network.
package struct MemoryNetworkConfiguration: SlotConfiguration {
  /// The most reads for one question, each of which begins with what the one before found.
  package var hops = 3
  /// Sharpness of the softmax over slots: keys are of length 1, so scores are cosines.
  package var beta: Float = 32
  /// The most slots of next tokens; beyond it the oldest go.
  package var budget = 65_536
  package var candidates = 16
  package var sharpness: Float = 16
  package var texts = EpisodicConfiguration()

  package init(for context: ModuleContext) {}

  package var isSound: Bool {
    (1...16).contains(hops) && beta.isFinite && (0.1...1000).contains(beta)
      && (1...10_000_000).contains(budget) && isSharedSound
  }

  package static var expectation: String? {
    "1 to 16 hops, a beta of 0.1 to 1000, a budget of 1 to 10000000, 1 to 1024 candidates, a sharpness of 0.1 to 1000"
  }
}

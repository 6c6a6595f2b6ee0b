package import Memory

/// The configuration of progressive columns.
package struct ProgressiveConfiguration: SteppedSlotConfiguration {
  /// Random features per column: about as many pairs fit into a session.
  package var hidden = 256
  /// The most columns; with that many, the newest goes on learning when a session begins.
  package var columns = 64
  /// The share of an error that one writing makes up for.
  package var rate: Float = 1
  /// The same for sentences.
  package var sentenceRate: Float = 0.2
  /// The same for what earlier columns contribute.
  package var lateralRate: Float = 0.1
  package var candidates = 16
  package var sharpness: Float = 16
  package var texts = EpisodicConfiguration()

  package init(for context: ModuleContext) {}

  package var isSound: Bool {
    (8...16_384).contains(hidden) && (1...4096).contains(columns)
      && areRatesSound && lateralRate.isFinite && (0...1).contains(lateralRate) && isSharedSound
  }

  package static var expectation: String? {
    "8 to 16384 hidden, 1 to 4096 columns, a rate and a sentenceRate above 0 and up to 1, a lateralRate of 0 to 1, 1 to 1024 candidates, "
      + "a sharpness of 0.1 to 1000"
  }
}

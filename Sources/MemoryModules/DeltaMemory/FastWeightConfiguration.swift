package import Memory

/// The configuration of a fast weight memory.
package struct FastWeightConfiguration: SteppedSlotConfiguration {
  /// How a pair is learned.
  package var rule = FastWeightRule.delta
  /// What keys pass before they meet the matrix. On whitened keys the key itself holds as many pairs as it has columns.
  package var features = FastWeightFeatures.identity
  /// Beta: how far a writing replaces what the key stood for.
  package var rate: Float = 1
  /// The same for sentences.
  package var sentenceRate: Float = 0.2
  /// Writings after which half of what was learned has faded, with the rule `gated`; 0 for never.
  package var halfLife: Float = 0
  package var candidates = 16
  package var sharpness: Float = 16
  package var texts = EpisodicConfiguration()

  package init(for context: ModuleContext) {}

  package var isSound: Bool {
    areRatesSound && halfLife.isFinite && (0...1e9).contains(halfLife) && isSharedSound
  }

  package static var expectation: String? {
    "a rate and a sentenceRate above 0 and up to 1, a halfLife of 0 to 1e9, 1 to 1024 candidates, a sharpness of 0.1 to 1000"
  }

  /// Alpha of the gated rule.
  var decay: Float { halfLife > 0 ? (-0.693_147_2 / halfLife).exponential : 1 }
}

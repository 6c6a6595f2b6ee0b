package import Memory

/// The configuration of a sparse distributed memory.
package struct SparseDistributedConfiguration: SlotConfiguration {
  /// Hard locations; each has a counter for every bit of a word.
  package var locations = 8192
  /// The largest Hamming distance, of 256 bits, at which a location takes part: at 112 one of 38 does. The smaller, the more
  /// fits in, and the closer a question must be to what was told.
  package var radius = 112
  package var candidates = 16
  package var sharpness: Float = 16
  package var texts = EpisodicConfiguration()

  package init(for context: ModuleContext) {}

  package var isSound: Bool {
    (64...1_048_576).contains(locations) && (1...255).contains(radius) && isSharedSound
  }

  package static var expectation: String? {
    "64 to 1048576 locations, a radius of 1 to 255, 1 to 1024 candidates, a sharpness of 0.1 to 1000"
  }
}

/// The configuration of a neighbor memory.
public struct NeighborConfiguration: Sendable, Codable, Equatable {
  /// Entries that vote.
  public var neighbors = 64
  /// Sharpness of the votes: weight = softmax(sharpness * cosine), the inverse of kNN-LM's temperature.
  public var sharpness: Float = 20

  /// The defaults.
  public init() {}

  /// Whether every value is in range.
  public var isSound: Bool {
    (1...4096).contains(neighbors) && sharpness.isFinite && sharpness > 0 && sharpness <= 1000
  }
}

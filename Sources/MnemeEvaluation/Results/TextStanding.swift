/// How a text stands to the memories that were measured on it.
public struct TextStanding: Sendable, Equatable, Codable {
  /// Whether the memories learned each window of it after it was scored.
  public var isLearned: Bool
  /// The share of the text that the memory of an arm had read before the run, 0 to 1, by arm.
  ///
  /// An arm is missing when its memory cannot tell: it keeps no journal, or the journal lacks a part of what was read.
  public var read: [String: Double]

  /// A standing from its parts.
  public init(isLearned: Bool, read: [String: Double] = [:]) {
    self.isLearned = isLearned
    self.read = read
  }

  private enum CodingKeys: String, CodingKey {
    case read
    case isLearned = "is_learned"
  }
}

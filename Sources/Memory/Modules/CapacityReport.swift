/// How full a memory matrix is, and whether the facts in it can still be distinguished.
public struct CapacityReport: Sendable, Codable, Equatable {
  /// The assessment of the load.
  public enum Verdict: String, Sendable, Codable {
    /// Fewer facts than directions: every fact can be recalled.
    case roomy
    /// Close to the limit: recall will drop soon.
    case filling
    /// More facts than can be distinguished: recall has dropped or will drop.
    case overloaded
  }

  /// Facts written.
  public var facts: Int
  /// The largest number of directions that keys can span: min(K, C) for keys made from latents, K for one slot per
  /// fact.
  public var rank: Int
  /// Facts over rank.
  public var load: Double
  /// Condition number of A + lambda I; the larger, the more small differences of keys are amplified.
  public var condition: Double
  /// Expected relative error of a read with isotropic keys: sqrt(1 - rank/facts) beyond the rank, otherwise 0.
  public var expectedError: Double
  /// The assessment of the load.
  public var verdict: Verdict

  /// A report from its parts.
  public init(
    facts: Int, rank: Int, load: Double, condition: Double, expectedError: Double,
    verdict: Verdict
  ) {
    self.facts = facts
    self.rank = rank
    self.load = load
    self.condition = condition
    self.expectedError = expectedError
    self.verdict = verdict
  }
}

/// A module that can report how full it is.
public protocol CapacityReporting: MemoryModule {
  /// The number of facts compared with the capacity.
  var capacity: CapacityReport { get }
}

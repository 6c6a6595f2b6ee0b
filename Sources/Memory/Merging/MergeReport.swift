/// How exactly two states of one kind can be merged.
public enum Union: Sendable, Equatable, Codable {
  /// As if one memory had learned both.
  case exact
  /// An approximation that contains something of both.
  case estimate
  /// Not at all: the first one's state stays.
  case unsupported
}

/// Which of two contradicting facts stays when memories are merged.
public enum MergePolicy: String, Sendable, Codable, CaseIterable {
  /// The one with the later time.
  case newest
  /// The first memory's.
  case first
  /// The second memory's.
  case second
  /// Both stay.
  case both
}

/// Two contradicting facts, one of each memory.
public struct MergeConflict: Sendable, Equatable, Codable {
  /// The first memory's fact.
  public var first: Fact
  /// The second memory's fact.
  public var second: Fact
  /// Which of them stays.
  public var kept: MergePolicy

  /// A conflict from its parts.
  public init(first: Fact, second: Fact, kept: MergePolicy) {
    self.first = first
    self.second = second
    self.kept = kept
  }
}

/// The result of merging a second memory into a first one.
public struct MergeReport: Sendable, Equatable {
  /// Commits that were added.
  public var commits = 0
  /// Commits that both had.
  public var shared = 0
  /// Tokens that passed through the model.
  public var tokens = 0
  /// Facts that contradict each other.
  public var conflicts: [MergeConflict] = []
  /// How exactly each module was merged.
  public var modules: [ModuleKind: Union] = [:]

  /// An empty report.
  public init() {}
}

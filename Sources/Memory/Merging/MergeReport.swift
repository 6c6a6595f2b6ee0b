/// How well two states of one kind become one.
public enum Union: Sendable, Equatable, Codable {
  /// As if both had been learned by one memory.
  case exact
  /// Something of both.
  case estimate
  /// Not at all: the first one's state stays.
  case unsupported
}

/// Which of two facts stays when two memories say different things of the same.
public enum MergePolicy: String, Sendable, Codable, CaseIterable {
  /// The one that was told later.
  case newest
  /// The first memory's.
  case first
  /// The second memory's.
  case second
  /// Both stay.
  case both
}

/// Two facts that say different things of the same, one of each memory.
public struct MergeConflict: Sendable, Equatable, Codable {
  /// What the first memory knew.
  public var first: Fact
  /// What the second memory knew.
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

/// What became of a second memory that was merged into a first one.
public struct MergeReport: Sendable, Equatable {
  /// Commits that were taken in.
  public var commits = 0
  /// Commits that both had.
  public var shared = 0
  /// Tokens that passed through the model.
  public var tokens = 0
  /// Facts that say different things of the same.
  public var conflicts: [MergeConflict] = []
  /// What became of each module.
  public var modules: [ModuleKind: Union] = [:]

  /// An empty report.
  public init() {}
}

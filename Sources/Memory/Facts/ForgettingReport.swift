import Transformer

/// The result of forgetting, module by module.
public struct ForgettingReport: Sendable, Equatable {
  /// The facts that were removed, as they were before.
  public var facts: [Fact]
  /// Learned tokens removed from the journal.
  public var journalTokens: Int
  /// Tokens of questions and replies removed with them, because they may repeat what is forgotten.
  public var contextTokens = 0
  /// The result in each module.
  public var modules: [ModuleKind: Forgetting]

  /// A report from its parts.
  public init(facts: [Fact], journalTokens: Int, modules: [ModuleKind: Forgetting]) {
    self.facts = facts
    self.journalTokens = journalTokens
    self.modules = modules
  }

  /// Whether there was nothing to forget.
  public var isEmpty: Bool { facts.isEmpty && journalTokens == 0 }

  /// Modules that could not take back what they had learned.
  public var unable: [ModuleKind] {
    modules.filter { $0.value == .unsupported }.keys.sorted { $0.rawValue < $1.rawValue }
  }

  /// Tokens that passed through the model again.
  public var replayed: Int {
    modules.values.reduce(0) { most, what in
      if case .replayed(let tokens) = what { max(most, tokens) } else { most }
    }
  }
}

public import Memory

/// A recently learned token and its surprise for the memory (Titans, arXiv 2501.00663, section 3.1).
public struct LearnedToken: Sendable, Equatable, Codable {
  /// The memory's name.
  public var memory: String
  /// The token as text.
  public var text: String
  /// Its surprise when it was written.
  public var surprise: TokenSurprise

  /// A token from its parts.
  public init(memory: String, text: String, surprise: TokenSurprise) {
    self.memory = memory
    self.text = text
    self.surprise = surprise
  }
}

extension ChatSession {
  /// The tokens of the last message in memories that learn by surprise, in order; empty before anything was learned in
  /// this process.
  public var learnedTokens: [LearnedToken] {
    slots.flatMap { slot in
      slot.memory.modules.compactMap { $0 as? any SurpriseReporting }.flatMap { module in
        module.surprises.map { surprise in
          LearnedToken(
            memory: slot.name,
            text: model.tokenizer.label(of: surprise.token), surprise: surprise)
        }
      }
    }
  }
}

/// A finished reply.
public struct Response: Sendable, Equatable, Codable {
  /// Why a reply ended.
  public enum Ending: String, Sendable, Codable {
    /// The model ended its turn.
    case endOfTurn = "end_of_turn"
    /// The limit on generated tokens was reached.
    case length
    /// It did nothing but repeat itself (`RepetitionGuard`); what is kept of it ends with the first repetition.
    case repetition
    /// The context is full.
    case contextFull = "context_full"
    /// The user or the program stopped it.
    case stopped
  }

  /// The text: the answer alone.
  public var content: String
  /// What the model thought before it answered, for models that write that between marks; nil when there is nothing.
  public var reasoning: String?
  /// Its tokens, reasoning included, without the one that ended the turn.
  public var tokens: [Int32]
  /// Why it ended.
  public var ending: Ending
  /// The durations of its parts.
  public var timings: Timings

  /// The facts of attached memories that it rests on, or that the message may be about; empty when the memories hold
  /// nothing on it.
  public var citations: [Citation]
  /// Whether the message asked about the user and the attached memories hold nothing on it.
  public var isUnknown: Bool

  /// A response from its parts.
  public init(
    content: String, tokens: [Int32], ending: Ending, timings: Timings, citations: [Citation] = [],
    isUnknown: Bool = false, reasoning: String? = nil
  ) {
    self.reasoning = reasoning
    self.citations = citations
    self.isUnknown = isUnknown
    self.content = content
    self.tokens = tokens
    self.ending = ending
    self.timings = timings
  }
}

/// The durations of the two parts of a reply: prompt and generation.
public struct Timings: Sendable, Equatable, Codable {
  /// Prompt tokens that were computed; those still in the cache do not count.
  public var promptTokens: Int
  /// Tokens generated.
  public var generatedTokens: Int
  /// Milliseconds for the prompt.
  public var promptMilliseconds: Double
  /// Milliseconds for the generation.
  public var generationMilliseconds: Double

  /// Timings from their parts.
  public init(
    promptTokens: Int = 0, generatedTokens: Int = 0, promptMilliseconds: Double = 0,
    generationMilliseconds: Double = 0
  ) {
    self.promptTokens = promptTokens
    self.generatedTokens = generatedTokens
    self.promptMilliseconds = promptMilliseconds
    self.generationMilliseconds = generationMilliseconds
  }

  /// Prompt tokens per second; 0 when nothing was computed.
  public var promptPerSecond: Double {
    promptMilliseconds > 0 ? Double(promptTokens) * 1000 / promptMilliseconds : 0
  }

  /// Generated tokens per second; 0 when nothing was generated.
  public var generationPerSecond: Double {
    generationMilliseconds > 0 ? Double(generatedTokens) * 1000 / generationMilliseconds : 0
  }
}

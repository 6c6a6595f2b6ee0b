public import Generation

/// How a reply is generated.
public struct GenerationOptions: Sendable, Equatable, Codable {
  /// Temperature, truncation, repetition penalty and seed.
  public var sampling: SamplingConfiguration
  /// The largest number of tokens in a reply.
  public var maximumResponseTokens: Int
  /// Whether a reply in a conversation ends when it does nothing but repeat itself (`RepetitionGuard`).
  public var stopsRepetition: Bool

  /// Options from their parts.
  public init(
    sampling: SamplingConfiguration = SamplingConfiguration(), maximumResponseTokens: Int = 256,
    stopsRepetition: Bool = true
  ) {
    self.stopsRepetition = stopsRepetition
    self.sampling = sampling
    self.maximumResponseTokens = maximumResponseTokens
  }

  /// Always the most probable token, loops included: the reply that the model alone gives, the same every time.
  public static var greedy: GenerationOptions {
    var options = GenerationOptions(stopsRepetition: false)
    options.sampling.temperature = 0
    return options
  }
}

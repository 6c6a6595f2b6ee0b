public import Generation

/// How a reply is generated.
public struct GenerationOptions: Sendable, Equatable, Codable {
  /// Temperature, truncation, repetition penalty and seed.
  public var sampling: SamplingConfiguration
  /// The largest number of tokens in a reply.
  public var maximumResponseTokens: Int

  /// Options from their parts.
  public init(
    sampling: SamplingConfiguration = SamplingConfiguration(), maximumResponseTokens: Int = 256
  ) {
    self.sampling = sampling
    self.maximumResponseTokens = maximumResponseTokens
  }

  /// Always the most probable token: the same reply every time.
  public static var greedy: GenerationOptions {
    var options = GenerationOptions()
    options.sampling.temperature = 0
    return options
  }
}

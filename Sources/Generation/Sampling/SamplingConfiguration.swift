/// How the next token is chosen from the logits.
///
/// The steps run in llama.cpp's order: repetition penalty, top-k, top-p, min-p, temperature. The defaults are also
/// llama.cpp's; in particular there is no repetition penalty by default.
public struct SamplingConfiguration: Sendable, Codable, Equatable {
  /// Flattens (> 1) or sharpens (< 1) the distribution; 0 or less always takes the most likely token.
  public var temperature: Float
  /// The number of most likely tokens kept; 0 or less keeps all.
  public var topK: Int
  /// Keeps the most likely tokens that together reach this probability; 1 or more keeps all.
  public var topP: Float
  /// Keeps tokens at least this fraction as likely as the most likely one; 0 or less keeps all.
  public var minP: Float
  /// Makes recent tokens less likely: positive logits are divided by it, others multiplied; 1 does nothing.
  public var repeatPenalty: Float
  /// The number of recent tokens that the penalty applies to; negative for all of them.
  public var repeatLastN: Int
  /// Fixes the random numbers; nil draws a new seed for every sampler.
  public var seed: UInt64?

  /// Creates a configuration; the defaults are llama.cpp's.
  public init(
    temperature: Float = 0.8, topK: Int = 40, topP: Float = 0.95, minP: Float = 0.05,
    repeatPenalty: Float = 1, repeatLastN: Int = 64, seed: UInt64? = nil
  ) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.repeatPenalty = repeatPenalty
    self.repeatLastN = repeatLastN
    self.seed = seed
  }

  /// Whether recent tokens are made less likely.
  var penalizesRepetition: Bool {
    repeatPenalty != 1 && repeatPenalty > 0 && repeatPenalty.isFinite && repeatLastN != 0
  }

  /// Always the most likely token, nothing penalised.
  public static let greedy = SamplingConfiguration(temperature: 0)
}

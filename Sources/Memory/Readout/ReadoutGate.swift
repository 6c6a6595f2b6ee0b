import Foundation

/// The weight of a memory's prediction at one token: g = sigmoid(w . features + b), p = (1 - g) p_LM + g p_mem.
///
/// Fitted to the likelihood of held-out text under the mixture (He et al. 2021), never set by hand. Below the floor the
/// gate is closed: the mixture is skipped, not multiplied by zero.
public struct ReadoutGate: Sendable, Codable, Equatable {
  /// The features of every module's gate, which precede the module's own.
  public static let commonFeatureNames = [
    "entropy", "log top p", "log memory top p", "agreement", "log p of memory top",
  ]

  /// Names of the features, common ones first.
  public var names: [String]
  /// Subtracted from each feature.
  public var mean: [Float]
  /// Divides each feature.
  public var scale: [Float]
  /// Weight of each normalised feature.
  public var weights: [Float]
  /// Added to the weighted sum.
  public var bias: Float
  /// Gates below it count as closed.
  public var floor: Float
  /// Whether it also opens in answers to questions; true when nil. Closed there, a memory only helps to predict texts:
  /// facts reach the answer as text in the prompt, and mixing breaks the sentences of models that can copy.
  public var opensInAnswers: Bool?

  /// Creates a gate.
  public init(
    names: [String], mean: [Float], scale: [Float], weights: [Float], bias: Float,
    floor: Float = 0.01
  ) {
    self.names = names
    self.mean = mean
    self.scale = scale
    self.weights = weights
    self.bias = bias
    self.floor = floor
  }

  /// Whether counts agree with a number of features and all values are finite.
  public func isSound(features: Int) -> Bool {
    [names.count, mean.count, scale.count, weights.count].allSatisfy { $0 == features }
      && (mean + scale + weights + [bias, floor]).allSatisfy(\.isFinite)
      && scale.allSatisfy { $0 > 0 }
  }

  /// The gate for one token, 0 when closed.
  public func callAsFunction(_ features: [Float]) -> Float {
    let g = opening(features)
    return g < floor || !g.isFinite ? 0 : g
  }

  /// The gate before the floor.
  package func opening(_ features: [Float]) -> Float {
    var z = bias
    for index in weights.indices {
      guard features[index].isFinite else { return 0 }
      // Clamped to four standard deviations: no extrapolation far beyond the calibration data.
      let value = max(-4, min(4, (features[index] - mean[index]) / scale[index]))
      z += weights[index] * value
    }
    return 1 / (1 + exp(-z))
  }

  /// The features of one token: of the plain model's distribution, of the memory's, and the module's own.
  public static func features(
    base: BaseDistribution, reading: Reading, baseLogProbabilityOfMemoryTop: Float
  ) -> [Float] {
    let top = reading.top
    return [
      base.entropy, base.topLogProbability, max(-20, top?.logProbability ?? -20),
      top?.token == base.top ? 1 : 0, max(-20, baseLogProbabilityOfMemoryTop),
    ] + reading.features
  }
}

import Foundation

/// How RoPE's frequencies are changed for contexts longer than a model was first trained on.
public enum RopeScaling: Sendable, Equatable, Codable {
  /// All divided by a factor (position interpolation, arXiv 2306.15595).
  case linear(factor: Float)
  /// High frequencies are kept, low ones divided by the factor, those between interpolated, and attention scores
  /// sharpened (YaRN, arXiv 2309.00071).
  ///
  /// - Parameters:
  ///   - original: the context before, tokens.
  ///   - attention: the factor of rotated keys and queries; nil for the paper's 0.1 ln(factor) + 1.
  ///   - fast, slow: rotations within that context from which on a frequency stays, and up to which it is divided.
  case yarn(factor: Float, original: Int, attention: Float?, fast: Float, slow: Float)
  /// Each divided by its own factor (Llama 3.1 and later: `rope_freqs.weight`), [rotated pairs].
  case factors([Float])
  /// Each divided by its own factor, with one set of factors up to the original context and one beyond (LongRoPE, arXiv
  /// 2402.13753).
  ///
  /// - Parameters:
  ///   - short, long: the factors, [rotated pairs].
  ///   - original: the context before, tokens.
  ///   - attention: the factor of rotated keys and queries.
  case long(short: [Float], long: [Float], original: Int, attention: Float)
  /// A larger base for contexts beyond the original one (dynamic NTK-aware scaling, arXiv 2309.00071, section 3.3).
  ///
  /// - Parameter original: the context before, tokens.
  case dynamic(factor: Float, original: Int)

  /// The angle per position of each pair of rotated values.
  ///
  /// - Parameters:
  ///   - dimension: rotated values per head.
  ///   - base: of the unscaled frequencies base^(-2 i / dimension).
  ///   - context: tokens there may be in all.
  package func frequencies(dimension: Int, base: Float, context: Int) -> [Double] {
    let plain = Self.unscaled(dimension: dimension, base: base)
    switch self {
    case .linear(let factor): return plain.map { $0 / Double(factor) }
    case .factors(let factors): return zip(plain, factors).map { $0 / Double($1) }
    case .long(let short, let long, let original, _):
      return zip(plain, context > original ? long : short).map { $0 / Double($1) }
    case .dynamic(let factor, let original):
      let growth = Double(max(context, original)) / Double(original)
      let stretch = Double(factor) * growth - (Double(factor) - 1)
      let larger = Double(base) * pow(stretch, Double(dimension) / Double(max(1, dimension - 2)))
      return (0..<dimension / 2).map { pow(larger, -2 * Double($0) / Double(dimension)) }
    case .yarn(let factor, let original, _, let fast, let slow):
      // The index of the pair that makes `rotations` full turns within the original context.
      func pair(_ rotations: Float) -> Double {
        Double(dimension) * log(Double(original) / (Double(rotations) * 2 * .pi))
          / (2 * log(Double(base)))
      }
      let low = max(0, pair(fast).rounded(.down))
      let high = min(Double(dimension - 1), pair(slow).rounded(.up))
      return plain.enumerated().map { index, frequency in
        let share = max(0, min(1, (Double(index) - low) / max(0.001, high - low)))
        return frequency * (1 - share) + frequency / Double(factor) * share
      }
    }
  }

  /// base^(-2 i / dimension), [dimension / 2].
  package static func unscaled(dimension: Int, base: Float) -> [Double] {
    (0..<dimension / 2).map { pow(Double(base), -2 * Double($0) / Double(dimension)) }
  }

  /// The factor that rotated keys and queries are multiplied by.
  package var magnitude: Float {
    switch self {
    case .yarn(let factor, _, let attention, _, _): attention ?? Self.sharpening(factor)
    case .long(_, _, _, let attention): attention
    default: 1
    }
  }

  /// YaRN's factor of rotated keys and queries.
  package static func sharpening(_ factor: Float) -> Float {
    factor > 1 ? 0.1 * Float(log(Double(factor))) + 1 : 1
  }
}

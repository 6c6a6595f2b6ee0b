import Memory
import Transformer

/// What fitting an adapter costs, said before it is paid: the time from the speed of its first seconds, the memory from
/// the model's shape.
public struct TrainingCost: Sendable, Equatable {
  /// Seconds for all of it.
  public var seconds: Double
  /// Bytes of working memory at the peak, the model's file included.
  public var bytes: Int

  /// Seconds of work that have to be seen before the speed is known.
  private static let leastSeconds = 5.0
  /// The share of the work that has to be seen.
  private static let leastShare = 0.01

  /// A cost from its parts.
  public init(seconds: Double, bytes: Int) {
    self.seconds = seconds
    self.bytes = bytes
  }

  /// The cost as it can be told after a share of the work.
  ///
  /// - Parameters:
  ///   - share: of the work that is done, 0 to 1.
  ///   - seconds: what it took.
  ///   - bytes: see `bytes(file:...)`.
  /// - Returns: nil while too little is done to tell.
  public init?(after share: Double, took seconds: Double, bytes: Int) {
    guard seconds >= Self.leastSeconds, share >= Self.leastShare, share < 1 else { return nil }
    self.init(seconds: seconds / share, bytes: bytes)
  }

  /// Bytes at the peak: the model, the activations of all the material at the key points with the keys made of them, and
  /// one window's logits and activations.
  static func bytes(file: Int, configuration: TransformerConfiguration, texts: Int) -> Int {
    let rows = materialRows + Calibrator.textLength * texts
    let columns = recordedPoints * configuration.width
    let window = 512 * (configuration.vocabularySize + 8 * configuration.width)
    return file + 4 * (2 * rows * columns + window) + fixedBytes
  }

  /// Tokens of the invented conversations.
  private static let materialRows = 13_000
  /// The key points that are tried, and the final norm.
  private static let recordedPoints = 6
  /// The program itself and the modules it fits.
  private static let fixedBytes = 100 << 20
}

extension AdapterTraining {
  /// Bytes of working memory it needs at the peak, roughly.
  ///
  /// - Parameter texts: how many texts it is fitted to.
  public func memoryNeeded(texts: Int) -> Int {
    TrainingCost.bytes(
      file: model.summary.bytes, configuration: model.transformer.configuration, texts: texts)
  }
}

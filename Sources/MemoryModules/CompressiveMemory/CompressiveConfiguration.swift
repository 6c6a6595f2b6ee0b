public import Memory

/// How rows that leave the recent ones are compressed.
public enum CompressionFunction: String, ConfigurationChoice {
  /// The mean of each value: needs no training, and in the paper is close to the best.
  case mean
  /// The largest of each value.
  case max
  /// A convolution with kernel and stride `rate`, fitted to attention's output (`ConvolutionFit`).
  case convolution
  /// Of a segment, the rows that attention used most, head by head.
  case mostUsed = "most-used"
  /// Of a segment, the rows with which attention makes about the same (Attention Matching, arXiv 2602.16284).
  case matching

  /// Whether the rows of a whole segment are compressed together.
  var takesSegments: Bool { self == .mostUsed || self == .matching }
}

/// The configuration of a compressive memory.
public struct CompressiveConfiguration: ModuleConfiguration {
  /// The newest rows, kept uncompressed (n_m of the paper).
  public var recent = 256
  /// Compressed rows kept of older tokens (n_cm).
  public var slots = 256
  /// The compression rate: rows that are compressed to one (c).
  public var rate = 4
  /// The compression function.
  public var function = CompressionFunction.mean
  /// Tokens that are compressed together where the function takes segments (n_s).
  public var segment = 128
  /// Where the rows stand.
  public var positions = RowPlacement.original
  /// How rows are stored.
  public var type = RowType.f32
  /// The largest distance of a row before the conversation, tokens; 0 is three quarters of the model's context. Rows
  /// further back are all placed at this distance, since a model handles no distances it was not trained on.
  public var reach = 0

  /// The defaults.
  public init() {}

  public init(for context: ModuleContext) { self.init() }

  public static var expectation: String? {
    "recent of 1 to 65536, slots of at most 65536, a rate of 2 to 64, a segment of at least the rate and at most 4096"
  }

  /// Whether every value is in range.
  public var isSound: Bool {
    (1...65_536).contains(recent) && (0...65_536).contains(slots) && (2...64).contains(rate)
      && (0...1 << 24).contains(reach) && segment >= rate && segment <= 4096
  }
}

extension CompressiveConfiguration {
  /// Tokens that are compressed together.
  var unit: Int { function.takesSegments ? segment : rate }
}

extension CompressiveConfiguration: RowConfiguration {}

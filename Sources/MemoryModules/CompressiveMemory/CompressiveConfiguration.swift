public import Memory

/// How rows that leave the recent ones become fewer.
public enum CompressionFunction: String, Sendable, Codable, CaseIterable {
  /// The mean of each value: needs no training, and the paper finds it close to the best.
  case mean
  /// The largest of each value.
  case max
  /// A convolution with kernel and stride `rate`, fitted to attention's output (`ConvolutionFit`).
  case convolution
}

/// What a compressive memory is made like.
public struct CompressiveConfiguration: ModuleConfiguration {
  /// Rows kept as they are, the newest (n_m of the paper).
  public var recent = 256
  /// Rows kept of what is older (n_cm).
  public var slots = 256
  /// Rows that become one (c).
  public var rate = 4
  /// How they do.
  public var function = CompressionFunction.mean
  /// How far before the conversation a row stands at most, tokens; 0 is three quarters of the model's context. Rows further back all
  /// stand there, as a model reads no distances it was not trained on.
  public var reach = 0

  /// The defaults.
  public init() {}

  public init(for context: ModuleContext) { self.init() }

  public static var expectation: String? {
    "recent of 1 to 65536, slots of at most 65536, a rate of 2 to 64"
  }

  /// Whether every value is in range.
  public var isSound: Bool {
    (1...65_536).contains(recent) && (0...65_536).contains(slots) && (2...64).contains(rate)
      && (0...1 << 24).contains(reach)
  }
}

public import ModelFiles

/// The shape of a model.
public struct TransformerConfiguration: Sendable, Codable, Equatable {
  /// The architecture's name in the file, such as `llama`.
  public var architecture: String
  /// Tokens in the vocabulary.
  public var vocabularySize: Int
  /// The longest context the model was made for.
  public var contextLength: Int
  /// Values per token in the residual stream.
  public var width: Int
  /// Blocks.
  public var layerCount: Int
  /// Query heads.
  public var headCount: Int
  /// Key/value heads; divides `headCount`.
  public var keyValueHeadCount: Int
  /// Values per head.
  public var headDimension: Int
  /// Values inside the feed-forward.
  public var feedForwardWidth: Int
  /// Values per head that RoPE rotates; even.
  public var ropeDimension: Int
  /// The base of RoPE's frequencies.
  public var ropeBase: Float
  /// What was done to them for longer contexts; nil, and then no part of a fingerprint, where nothing was.
  public var ropeScaling: RopeScaling?
  /// Added to the mean square in RMSNorm.
  public var normEpsilon: Float

  /// Creates a configuration.
  public init(
    architecture: String = "llama", vocabularySize: Int, contextLength: Int, width: Int,
    layerCount: Int, headCount: Int, keyValueHeadCount: Int, headDimension: Int,
    feedForwardWidth: Int, ropeDimension: Int, ropeBase: Float = 10_000,
    ropeScaling: RopeScaling? = nil, normEpsilon: Float = 1e-5
  ) {
    self.architecture = architecture
    self.vocabularySize = vocabularySize
    self.contextLength = contextLength
    self.width = width
    self.layerCount = layerCount
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount
    self.headDimension = headDimension
    self.feedForwardWidth = feedForwardWidth
    self.ropeDimension = ropeDimension
    self.ropeBase = ropeBase
    self.ropeScaling = ropeScaling
    self.normEpsilon = normEpsilon
  }

  /// Reads and checks the hyper-parameters of a GGUF file.
  ///
  /// - Throws: `TransformerError` for an unknown architecture or a hyper-parameter that is missing or out of range.
  public init(file: ModelFile) throws(TransformerError) {
    let metadata = file.metadata
    guard let architecture = metadata.string("general.architecture") else {
      throw .file(.missingMetadata(path: file.path, key: "general.architecture"))
    }
    guard architecture == "llama" else {
      throw .unsupportedArchitecture(path: file.path, found: architecture)
    }
    let reader = HyperparameterReader(file: file, prefix: architecture)
    guard let embedding = file.tensor("token_embd.weight") else {
      throw .file(.missingTensor(path: file.path, name: "token_embd.weight"))
    }
    let width = try reader.integer("embedding_length", in: 1...65_536)
    let heads = try reader.integer("attention.head_count", in: 1...1024)
    let keyValueHeads = try reader.integer("attention.head_count_kv", in: 1...heads, default: heads)
    let headDimension = try reader.integer(
      "attention.key_length", in: 1...4096, default: width / heads)
    let ropeDimension = try reader.integer(
      "rope.dimension_count", in: 0...headDimension, default: headDimension)
    guard heads % keyValueHeads == 0 else {
      throw reader.invalid(
        "attention.head_count_kv", "\(keyValueHeads)", "a divisor of the \(heads) heads")
    }
    guard ropeDimension % 2 == 0 else {
      throw reader.invalid("rope.dimension_count", "\(ropeDimension)", "an even number")
    }
    let contextLength = try reader.integer("context_length", in: 1...(1 << 24))
    self.init(
      architecture: architecture,
      vocabularySize: embedding.shape.count == 2 ? embedding.shape[1] : 0,
      contextLength: contextLength, width: width,
      layerCount: try reader.integer("block_count", in: 1...1024), headCount: heads,
      keyValueHeadCount: keyValueHeads, headDimension: headDimension,
      feedForwardWidth: try reader.integer("feed_forward_length", in: 1...(1 << 20)),
      ropeDimension: ropeDimension,
      ropeBase: try reader.float("rope.freq_base", in: 1...1e9, default: 10_000),
      ropeScaling: try reader.ropeScaling(pairs: ropeDimension / 2, context: contextLength),
      normEpsilon: try reader.float("attention.layer_norm_rms_epsilon", in: 0...1))
  }
}

/// Looks hyper-parameters up under an architecture's prefix and checks their range.
private struct HyperparameterReader {
  let file: ModelFile
  let prefix: String

  func invalid(_ key: String, _ found: String, _ expected: String) -> TransformerError {
    .invalidHyperparameter(
      path: file.path, key: "\(prefix).\(key)", found: found, expected: expected)
  }

  func integer(
    _ key: String, in range: ClosedRange<Int>, default fallback: Int? = nil
  ) throws(TransformerError) -> Int {
    let name = "\(prefix).\(key)"
    guard file.metadata[name] != nil || fallback == nil else { return fallback ?? 0 }
    guard let value = file.metadata.integer(name) else {
      throw invalid(key, "missing or no whole number", "\(range.lowerBound) to \(range.upperBound)")
    }
    guard range.contains(value) else {
      throw invalid(key, "\(value)", "\(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func float(
    _ key: String, in range: ClosedRange<Float>, default fallback: Float? = nil
  ) throws(TransformerError) -> Float {
    let name = "\(prefix).\(key)"
    guard file.metadata[name] != nil || fallback == nil else { return fallback ?? 0 }
    guard let value = file.metadata.float(name), range.contains(value) else {
      throw invalid(
        key, file.metadata.float(name).map { "\($0)" } ?? "missing or no number",
        "\(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// How the file scales RoPE.
  ///
  /// - Parameters:
  ///   - pairs: rotated pairs per head.
  ///   - context: tokens of context the model was made for.
  func ropeScaling(pairs: Int, context: Int) throws(TransformerError) -> RopeScaling? {
    let metadata = file.metadata
    if file.tensor("rope_freqs.weight") != nil {
      let factors = try WeightLoader(file: file).vector("rope_freqs.weight", count: pairs)
      guard factors.allSatisfy({ $0 > 0 }) else {
        throw .file(
          .malformed(
            path: file.path, what: "tensor 'rope_freqs.weight' holds factors that are not positive",
            offset: nil, expected: "positive numbers"))
      }
      return .factors(factors)
    }
    let type = metadata.string("\(prefix).rope.scaling.type")
    // Files of old writers have the factor alone, and mean linear scaling.
    let key = ["rope.scaling.factor", "rope.scale_linear"].first {
      metadata["\(prefix).\($0)"] != nil
    }
    let factor =
      try key.map { key throws(TransformerError) in
        try float(key, in: 0...1e6)
      } ?? 1
    switch type {
    case "none": return nil
    case nil, "linear": return factor == 0 || factor == 1 ? nil : .linear(factor: factor)
    case "yarn":
      guard factor >= 1 else {
        throw invalid("rope.scaling.factor", "\(factor)", "at least 1")
      }
      let attention =
        metadata["\(prefix).rope.scaling.attn_factor"] == nil
        ? nil : try float("rope.scaling.attn_factor", in: 1e-3...1e3)
      return .yarn(
        factor: factor,
        original: try integer(
          "rope.scaling.original_context_length", in: 1...(1 << 24),
          default: max(1, Int(Float(context) / factor))),
        // llama.cpp multiplies the paper's factor with the file's.
        attention: attention.map { $0 * RopeScaling.sharpening(factor) },
        fast: try float("rope.scaling.yarn_beta_fast", in: 0.01...1e4, default: 32),
        slow: try float("rope.scaling.yarn_beta_slow", in: 0.01...1e4, default: 1))
    case let type?: throw .unsupportedRopeScaling(path: file.path, found: type)
    }
  }
}

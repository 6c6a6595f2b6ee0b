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
  /// How the frequencies are scaled for longer contexts; nil for no scaling, and then left out of the fingerprint.
  public var ropeScaling: RopeScaling?
  /// Added to the mean square (or the variance) in norms.
  public var normEpsilon: Float
  /// How the architecture differs from Llama; nil for no difference, and then left out of the fingerprint.
  public var traits: ArchitectureTraits?

  /// Creates a configuration.
  public init(
    architecture: String = "llama", vocabularySize: Int, contextLength: Int, width: Int,
    layerCount: Int, headCount: Int, keyValueHeadCount: Int, headDimension: Int,
    feedForwardWidth: Int, ropeDimension: Int, ropeBase: Float = 10_000,
    ropeScaling: RopeScaling? = nil, normEpsilon: Float = 1e-5, traits: ArchitectureTraits? = nil
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
    self.traits = traits
  }

  /// Reads and checks the hyper-parameters of a GGUF file.
  ///
  /// - Throws: `TransformerError` for an unknown architecture or a hyper-parameter that is missing or out of range.
  public init(file: ModelFile) throws(TransformerError) {
    let metadata = file.metadata
    guard !file.tensors.isEmpty else { throw .vocabularyOnly(path: file.path) }
    guard let architecture = metadata.string("general.architecture") else {
      throw .file(.missingMetadata(path: file.path, key: "general.architecture"))
    }
    guard let kind = Architectures.named(architecture) else {
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
    let valueLength = try reader.integer(
      "attention.value_length", in: 1...4096, default: headDimension)
    let ropeDimension = try reader.integer(
      "rope.dimension_count", in: 0...headDimension, default: headDimension)
    guard heads % keyValueHeads == 0 else {
      throw reader.invalid(
        "attention.head_count_kv", "\(keyValueHeads)", "a divisor of the \(heads) heads")
    }
    guard ropeDimension % 2 == 0 else {
      throw reader.invalid("rope.dimension_count", "\(ropeDimension)", "an even number")
    }
    guard valueLength == headDimension else {
      throw reader.invalid(
        "attention.value_length", "\(valueLength)", "\(headDimension), the length of keys")
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
      ropeScaling: try reader.ropeScaling(pairs: ropeDimension / 2, context: contextLength))
    traits = try kind.traits(reader, shape: self)
    let isLayerNorm = traits?.normalization == .layer
    normEpsilon = try reader.float(
      isLayerNorm ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon", in: 0...1)
  }
}

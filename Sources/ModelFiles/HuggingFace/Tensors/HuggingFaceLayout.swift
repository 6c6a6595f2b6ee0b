/// The contents of an architecture's folder and their translation to GGUF.
struct HuggingFaceLayout {
  /// One tensor of the folder.
  struct Entry {
    /// The name in the folder, after the prefix.
    let source: String
    /// The name in GGUF's terms.
    let target: String
    /// The extents in the folder, slowest first.
    let shape: [Int]
    let change: TensorChange
    let isOptional: Bool
  }

  /// `general.architecture`.
  let architecture: String
  /// The key/value pairs of the architecture.
  var metadata = GGUFMetadata()
  /// Possible prefixes of all names but the output matrix's: the first one under which there is an embedding is used.
  var prefixes: [String]
  /// The tensors, the embedding first.
  var entries: [Entry] = []
  /// Possible names of the output matrix.
  var heads = ["lm_head.weight"]
  /// Whether the output matrix is required.
  var requiresHead = false
  /// The extents of that matrix and of the embedding.
  let embeddingShape: [Int]
  /// Tensors that are computed, since the folder has no data for them.
  var made: [(name: String, values: [Float])] = []
  /// Suffixes of tensors that are not weights: constants of older versions of the library.
  var ignoredSuffixes = [".rotary_emb.inv_freq", ".attention.bias", ".attention.masked_bias"]
  /// Prefixes of tensors that the language model does not use.
  var ignoredPrefixes: [String] = []

  init(_ architecture: String, prefixes: [String], embedding: String, shape: DecoderShape) {
    self.architecture = architecture
    self.prefixes = prefixes
    embeddingShape = [shape.vocabularySize, shape.width]
    add(embedding, "token_embd.weight", embeddingShape)
  }

  mutating func add(
    _ source: String, _ target: String, _ shape: [Int], _ change: TensorChange = .none,
    isOptional: Bool = false
  ) {
    entries.append(
      Entry(
        source: source, target: target, shape: shape, change: change, isOptional: isOptional))
  }

  /// Adds a matrix and, where the folder has one, its bias.
  mutating func addLinear(
    _ source: String, _ target: String, _ shape: [Int], _ change: TensorChange = .none,
    bias: Bias = .none
  ) {
    add(source + ".weight", target + ".weight", shape, change)
    guard bias != .none, let outputs = change == .transposed ? shape.last : shape.first else {
      return
    }
    add(
      source + ".bias", target + ".bias", [outputs], change == .transposed ? .none : change,
      isOptional: bias == .optional)
  }

  /// Whether a matrix has a bias.
  enum Bias { case none, optional, required }

  /// Whether a tensor is known to be unused here.
  func ignores(_ name: String) -> Bool {
    ignoredSuffixes.contains { name.hasSuffix($0) }
      || ignoredPrefixes.contains { name.hasPrefix($0) }
  }
}

/// The hyper-parameters that all decoders have.
struct DecoderShape {
  var vocabularySize: Int
  var context: Int
  var width: Int
  var inner: Int
  var layers: Int
  var heads: Int
  var keyValueHeads: Int
  /// Values per head.
  var headDimension: Int
  var epsilon: Double

  /// The most layers there may be; each makes a dozen entries.
  static let layerRange = 1...1024

  /// The library's defaults, which folders may leave out.
  struct Defaults {
    var vocabularySize: Int?
    var context: Int?
    var heads: Int?
    var keyValueHeads: Int?
    var headDimension: Int?
    var epsilon = 1e-6
  }

  /// Reads the hyper-parameters under the names that most models use.
  init(
    _ configuration: HuggingFaceConfiguration, defaults: Defaults = Defaults()
  ) throws(ModelFileError) {
    vocabularySize = try configuration.integer(
      "vocab_size", in: 1...GGUFParser.Limit.arrayLength, default: defaults.vocabularySize)
    context = try configuration.integer(
      "max_position_embeddings", in: 1...(1 << 24), default: defaults.context)
    width = try configuration.integer("hidden_size", in: 1...65_536)
    inner = try configuration.integer("intermediate_size", in: 1...(1 << 20))
    layers = try configuration.integer("num_hidden_layers", in: Self.layerRange)
    heads = try configuration.integer(
      "num_attention_heads", in: 1...1024, default: defaults.heads)
    keyValueHeads = try configuration.integer(
      "num_key_value_heads", in: 1...heads, default: min(heads, defaults.keyValueHeads ?? heads))
    headDimension = try configuration.integer(
      "head_dim", in: 1...4096, default: max(1, defaults.headDimension ?? width / heads))
    epsilon = try configuration.number("rms_norm_eps", in: 0...1, default: defaults.epsilon)
    guard heads % keyValueHeads == 0 else {
      throw configuration.unsupported(
        "num_key_value_heads", "\(keyValueHeads)", "a divisor of the \(heads) heads")
    }
    guard headDimension % 2 == 0 else {
      throw configuration.unsupported("head_dim", "\(headDimension)", "an even number")
    }
  }

  init(
    vocabularySize: Int, context: Int, width: Int, inner: Int, layers: Int, heads: Int,
    epsilon: Double
  ) {
    self.vocabularySize = vocabularySize
    self.context = context
    self.width = width
    self.inner = inner
    self.layers = layers
    self.heads = heads
    keyValueHeads = heads
    headDimension = width / heads
    self.epsilon = epsilon
  }

  /// Rows of the query matrix.
  var queries: Int { heads * headDimension }
  /// Rows of the key and value matrices.
  var keys: Int { keyValueHeads * headDimension }

  /// Writes the hyper-parameters of models with RMSNorm under GGUF's keys.
  func describe(in metadata: inout GGUFMetadata, prefix: String, withHeadDimension: Bool) {
    func set(_ key: String, _ number: Int) {
      metadata["\(prefix).\(key)"] = .unsigned(UInt64(number))
    }
    set("block_count", layers)
    set("context_length", context)
    set("embedding_length", width)
    set("feed_forward_length", inner)
    set("attention.head_count", heads)
    set("attention.head_count_kv", keyValueHeads)
    metadata["\(prefix).attention.layer_norm_rms_epsilon"] = .single(epsilon)
    if withHeadDimension {
      set("attention.key_length", headDimension)
      set("attention.value_length", headDimension)
    }
  }
}

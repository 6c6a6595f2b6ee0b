/// Gemma 3, its language model: norms of queries and keys, a sliding window with a separate RoPE in most layers.
enum Gemma3Folder: HuggingFaceFamily {
  static let modelTypes = ["gemma3_text", "gemma3"]

  static func layout(
    _ configuration: HuggingFaceConfiguration
  ) throws(ModelFileError) -> HuggingFaceLayout {
    // Folders of the larger models leave out values that are the library's defaults.
    let shape = try DecoderShape(
      configuration,
      defaults: .init(
        vocabularySize: 262_208, context: 131_072, heads: 8, keyValueHeads: 4,
        headDimension: 256))
    try configuration.requireGemmaAttention(shape, largeLayers: 62)
    guard configuration.value("attn_logit_softcapping") == nil else {
      throw configuration.unsupported("attn_logit_softcapping", "set", "null")
    }
    var layout = HuggingFaceLayout(
      "gemma3",
      prefixes: ["model.", "language_model.model.", "model.language_model.", ""],
      embedding: "embed_tokens.weight", shape: shape)
    shape.describe(in: &layout.metadata, prefix: "gemma3", withHeadDimension: true)
    if let cap = try configuration.optionalNumber("final_logit_softcapping", in: 0...1e6), cap > 0 {
      layout.metadata["gemma3.final_logit_softcapping"] = .single(cap)
    }
    let pattern = try pattern(configuration, layers: shape.layers)
    if pattern > 1 {
      layout.metadata["gemma3.attention.sliding_window"] = .unsigned(
        UInt64(try configuration.integer("sliding_window", in: 1...(1 << 24), default: 4096)))
    }
    // Readers assume six.
    if pattern != 6, pattern > 1 {
      layout.metadata["gemma3.attention.sliding_window_pattern"] = .unsigned(UInt64(pattern))
    }
    let rope = try HuggingFaceRope(configuration, base: 1_000_000)
    try rope.describe(in: &layout.metadata, prefix: "gemma3", allowing: ["linear"])
    layout.metadata["gemma3.rope.freq_base_swa"] = .single(rope.slidingBase ?? 10_000)
    layout.heads = ["lm_head.weight", "language_model.lm_head.weight"]
    layout.ignoredPrefixes = [
      "vision_tower.", "multi_modal_projector.", "model.vision_tower.",
      "model.multi_modal_projector.",
    ]
    layout.addGemmaBlocks(shape, headNorms: true)
    return layout
  }

  /// The period of layers with full attention.
  private static func pattern(
    _ configuration: HuggingFaceConfiguration, layers: Int
  ) throws(ModelFileError) -> Int {
    let types = configuration.value("layer_types")?.array
    let named = try configuration.optionalInteger("sliding_window_pattern", in: 1...1024)
    // The first layer with full attention gives the period; a model of fewer layers has none.
    let first = types?.firstIndex(of: .string("full_attention")).map { $0 + 1 }
    let pattern = first ?? named ?? 6
    try configuration.requireFullAttention(every: first ?? max(pattern, layers + 1), layers: layers)
    return pattern
  }
}

/// Gemma 2: soft caps, norms on both sides, a sliding window in every other layer.
enum Gemma2Folder: HuggingFaceFamily {
  static let modelTypes = ["gemma2"]

  static func layout(
    _ configuration: HuggingFaceConfiguration
  ) throws(ModelFileError) -> HuggingFaceLayout {
    let shape = try DecoderShape(
      configuration, defaults: .init(heads: 8, keyValueHeads: 4, headDimension: 256))
    try configuration.requireGemmaAttention(shape, largeLayers: 46)
    try configuration.requireFullAttention(every: 2, layers: shape.layers)
    var layout = HuggingFaceLayout(
      "gemma2", prefixes: ["model.", ""], embedding: "embed_tokens.weight", shape: shape)
    shape.describe(in: &layout.metadata, prefix: "gemma2", withHeadDimension: true)
    for (key, cap) in [("attn_logit_softcapping", 50.0), ("final_logit_softcapping", 30.0)] {
      layout.metadata["gemma2.\(key)"] = .single(
        try configuration.number(key, in: 1e-3...1e6, default: cap))
    }
    layout.metadata["gemma2.attention.sliding_window"] = .unsigned(
      UInt64(try configuration.integer("sliding_window", in: 1...(1 << 24), default: 4096)))
    try HuggingFaceRope(configuration).describe(
      in: &layout.metadata, prefix: "gemma2", allowing: [])
    // The output matrix is the embedding; some folders store it twice.
    layout.ignoredPrefixes = ["lm_head.weight"]
    layout.addGemmaBlocks(shape, headNorms: false)
    return layout
  }
}

/// Llama, and Mistral and SmolLM2, which compute the same; the first Mistral 7B with a sliding window.
enum LlamaFolder: HuggingFaceFamily {
  static let modelTypes = ["llama", "mistral"]

  static func layout(
    _ configuration: HuggingFaceConfiguration
  ) throws(ModelFileError) -> HuggingFaceLayout {
    let shape = try DecoderShape(configuration)
    let rope = try HuggingFaceRope(configuration)
    try configuration.requireActivation("hidden_act", ["silu", "swish"])
    var layout = HuggingFaceLayout(
      "llama", prefixes: ["model.", ""], embedding: "embed_tokens.weight", shape: shape)
    layout.requiresHead = try !configuration.bool("tie_word_embeddings", default: false)
    shape.describe(in: &layout.metadata, prefix: "llama", withHeadDimension: true)
    try rope.describe(
      in: &layout.metadata, prefix: "llama", allowing: ["linear", "yarn", "llama3"])
    layout.metadata["llama.vocab_size"] = .unsigned(UInt64(shape.vocabularySize))
    layout.metadata["llama.rope.dimension_count"] = .unsigned(UInt64(shape.headDimension))
    if let factors = try rope.llama3Factors(dimension: shape.headDimension) {
      layout.made.append(("rope_freqs.weight", factors))
    }
    if let window = try configuration.optionalInteger("sliding_window", in: 0...(1 << 24)) {
      // llama.cpp ignores it.
      layout.metadata["llama.attention.sliding_window"] = .unsigned(UInt64(window))
    }
    layout.addLlamaBlocks(shape, paired: true, attentionBias: .optional, outputBias: .optional)
    return layout
  }
}

/// Qwen2 and Qwen2.5: Llama with biases of queries, keys and values.
enum Qwen2Folder: HuggingFaceFamily {
  static let modelTypes = ["qwen2"]

  static func layout(
    _ configuration: HuggingFaceConfiguration
  ) throws(ModelFileError) -> HuggingFaceLayout {
    let shape = try DecoderShape(configuration)
    try configuration.requireActivation("hidden_act", ["silu", "swish"])
    try configuration.requireOff("use_sliding_window")
    var layout = HuggingFaceLayout(
      "qwen2", prefixes: ["model.", ""], embedding: "embed_tokens.weight", shape: shape)
    layout.requiresHead = try !configuration.bool("tie_word_embeddings", default: false)
    shape.describe(
      in: &layout.metadata, prefix: "qwen2",
      withHeadDimension: configuration.value("head_dim") != nil)
    try HuggingFaceRope(configuration).describe(
      in: &layout.metadata, prefix: "qwen2", allowing: ["linear", "yarn"])
    layout.addLlamaBlocks(shape, attentionBias: .required)
    return layout
  }
}

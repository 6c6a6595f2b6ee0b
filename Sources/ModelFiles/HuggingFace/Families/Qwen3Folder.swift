/// Qwen3: Llama with RMSNorm of each head's queries and keys.
enum Qwen3Folder: HuggingFaceFamily {
  static let modelTypes = ["qwen3"]

  static func layout(
    _ configuration: HuggingFaceConfiguration
  ) throws(ModelFileError) -> HuggingFaceLayout {
    let shape = try DecoderShape(configuration, defaults: .init(headDimension: 128))
    try configuration.requireActivation("hidden_act", ["silu", "swish"])
    try configuration.requireOff("use_sliding_window")
    try configuration.requireOff("attention_bias")
    var layout = HuggingFaceLayout(
      "qwen3", prefixes: ["model.", ""], embedding: "embed_tokens.weight", shape: shape)
    layout.requiresHead = try !configuration.bool("tie_word_embeddings", default: false)
    shape.describe(in: &layout.metadata, prefix: "qwen3", withHeadDimension: true)
    try HuggingFaceRope(configuration).describe(
      in: &layout.metadata, prefix: "qwen3", allowing: ["linear", "yarn"])
    layout.addLlamaBlocks(shape)
    for layer in 0..<shape.layers {
      for (source, target) in [("q_norm", "attn_q_norm"), ("k_norm", "attn_k_norm")] {
        layout.add(
          "layers.\(layer).self_attn.\(source).weight", "blk.\(layer).\(target).weight",
          [shape.headDimension])
      }
    }
    return layout
  }
}

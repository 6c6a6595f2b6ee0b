/// Translates one architecture's settings and tensor names to GGUF's, like llama.cpp's converter.
protocol HuggingFaceFamily: Sendable {
  /// The values of `model_type` in `config.json`.
  static var modelTypes: [String] { get }

  /// The contents that a folder with these settings must have, and their names and keys in GGUF.
  static func layout(
    _ configuration: HuggingFaceConfiguration
  ) throws(ModelFileError) -> HuggingFaceLayout
}

/// The supported architectures.
enum HuggingFaceFamilies {
  static let all: [any (HuggingFaceFamily & Sendable).Type] = [
    LlamaFolder.self, Qwen2Folder.self, Qwen3Folder.self, Gemma2Folder.self, Gemma3Folder.self,
    Phi3Folder.self, GPT2Folder.self,
  ]

  static let modelTypes = all.flatMap { $0.modelTypes }

  static func layout(
    _ configuration: HuggingFaceConfiguration
  ) throws(ModelFileError) -> HuggingFaceLayout {
    guard let type = try configuration.string("model_type") else {
      throw configuration.missing("model_type")
    }
    guard let family = all.first(where: { $0.modelTypes.contains(type) }) else {
      throw .huggingFace(path: configuration.path, .unsupportedModel(type: type))
    }
    return try family.layout(configuration)
  }
}

extension HuggingFaceLayout {
  /// Adds the tensors that Llama and most of its relatives share.
  ///
  /// - Parameters:
  ///   - paired: whether the rotated pairs of queries and keys are adjacent in GGUF.
  ///   - attentionBias: whether queries, keys and values have biases.
  ///   - outputBias: whether the other matrices may have biases.
  mutating func addLlamaBlocks(
    _ shape: DecoderShape, paired: Bool = false, attentionBias: Bias = .none,
    outputBias: Bias = .none
  ) {
    let (width, inner) = (shape.width, shape.inner)
    for layer in 0..<shape.layers {
      let (source, target) = ("layers.\(layer).", "blk.\(layer).")
      add(source + "input_layernorm.weight", target + "attn_norm.weight", [width])
      addAttention(
        shape, layer: layer, paired: paired, bias: attentionBias, outputBias: outputBias)
      add(source + "post_attention_layernorm.weight", target + "ffn_norm.weight", [width])
      addLinear(source + "mlp.gate_proj", target + "ffn_gate", [inner, width], bias: outputBias)
      addLinear(source + "mlp.up_proj", target + "ffn_up", [inner, width], bias: outputBias)
      addLinear(source + "mlp.down_proj", target + "ffn_down", [width, inner], bias: outputBias)
    }
    add("norm.weight", "output_norm.weight", [width])
  }

  /// Adds the four matrices of one layer's attention.
  mutating func addAttention(
    _ shape: DecoderShape, layer: Int, paired: Bool = false, bias: Bias = .none,
    outputBias: Bias = .none
  ) {
    let (source, target) = ("layers.\(layer).self_attn.", "blk.\(layer).")
    addLinear(
      source + "q_proj", target + "attn_q", [shape.queries, shape.width],
      paired ? .pairedRows(heads: shape.heads) : .none, bias: bias)
    addLinear(
      source + "k_proj", target + "attn_k", [shape.keys, shape.width],
      paired ? .pairedRows(heads: shape.keyValueHeads) : .none, bias: bias)
    addLinear(source + "v_proj", target + "attn_v", [shape.keys, shape.width], bias: bias)
    addLinear(
      source + "o_proj", target + "attn_output", [shape.width, shape.queries], bias: outputBias)
  }
}

/// GPT-2: learned positions, LayerNorm and biases everywhere, matrices with the inputs first.
enum GPT2Folder: HuggingFaceFamily {
  static let modelTypes = ["gpt2"]

  static func layout(
    _ configuration: HuggingFaceConfiguration
  ) throws(ModelFileError) -> HuggingFaceLayout {
    let shape = try shape(configuration)
    try configuration.requireActivation(
      "activation_function", ["gelu_new", "gelu_pytorch_tanh", "gelu_fast"])
    try configuration.requireOff("scale_attn_by_inverse_layer_idx")
    try configuration.requireOff("add_cross_attention")
    guard try configuration.bool("scale_attn_weights", default: true) else {
      throw configuration.unsupported("scale_attn_weights", "false", "true")
    }
    var layout = HuggingFaceLayout(
      "gpt2", prefixes: ["transformer.", ""], embedding: "wte.weight", shape: shape)
    layout.requiresHead = try !configuration.bool("tie_word_embeddings", default: true)
    layout.ignoredSuffixes += [".attn.bias", ".attn.masked_bias"]
    for (key, number) in [
      ("block_count", shape.layers), ("context_length", shape.context),
      ("embedding_length", shape.width), ("feed_forward_length", shape.inner),
      ("attention.head_count", shape.heads),
    ] {
      layout.metadata["gpt2.\(key)"] = .unsigned(UInt64(number))
    }
    layout.metadata["gpt2.attention.layer_norm_epsilon"] = .single(shape.epsilon)
    addBlocks(shape, to: &layout)
    return layout
  }

  private static func shape(
    _ configuration: HuggingFaceConfiguration
  ) throws(ModelFileError) -> DecoderShape {
    let width = try configuration.integer("n_embd", in: 1...65_536)
    let heads = try configuration.integer("n_head", in: 1...1024)
    guard width % heads == 0 else {
      throw configuration.unsupported("n_head", "\(heads)", "a divisor of the width \(width)")
    }
    let positions = 1...(1 << 24)
    let context = try configuration.integer(
      "n_positions", in: positions,
      default: configuration.optionalInteger("n_ctx", in: positions))
    return DecoderShape(
      vocabularySize: try configuration.integer(
        "vocab_size", in: 1...GGUFParser.Limit.arrayLength),
      context: context, width: width,
      inner: try configuration.integer("n_inner", in: 1...(1 << 20), default: 4 * width),
      layers: try configuration.integer("n_layer", in: DecoderShape.layerRange), heads: heads,
      epsilon: try configuration.number("layer_norm_epsilon", in: 0...1, default: 1e-5))
  }

  private static func addBlocks(_ shape: DecoderShape, to layout: inout HuggingFaceLayout) {
    let (width, inner) = (shape.width, shape.inner)
    func addNorm(_ source: String, _ target: String) {
      layout.add(source + ".weight", target + ".weight", [width])
      layout.add(source + ".bias", target + ".bias", [width])
    }
    layout.add("wpe.weight", "position_embd.weight", [shape.context, width])
    for layer in 0..<shape.layers {
      let (source, target) = ("h.\(layer).", "blk.\(layer).")
      addNorm(source + "ln_1", target + "attn_norm")
      addNorm(source + "ln_2", target + "ffn_norm")
      for (name, made, extents) in [
        ("attn.c_attn", "attn_qkv", [width, 3 * width]),
        ("attn.c_proj", "attn_output", [width, width]),
        ("mlp.c_fc", "ffn_up", [width, inner]), ("mlp.c_proj", "ffn_down", [inner, width]),
      ] {
        layout.addLinear(source + name, target + made, extents, .transposed, bias: .required)
      }
    }
    addNorm("ln_f", "output_norm")
  }
}

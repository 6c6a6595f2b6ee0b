extension HuggingFaceLayout {
  /// Adds the tensors of Gemma 2 and 3: norms before and after each half of a block, stored as differences from one.
  mutating func addGemmaBlocks(_ shape: DecoderShape, headNorms: Bool) {
    let (width, inner) = (shape.width, shape.inner)
    for layer in 0..<shape.layers {
      let (source, target) = ("layers.\(layer).", "blk.\(layer).")
      for (norm, name) in [
        ("input_layernorm", "attn_norm"), ("post_attention_layernorm", "post_attention_norm"),
        ("pre_feedforward_layernorm", "ffn_norm"), ("post_feedforward_layernorm", "post_ffw_norm"),
      ] {
        add(source + norm + ".weight", target + name + ".weight", [width], .plusOne)
      }
      addAttention(shape, layer: layer)
      if headNorms {
        for (norm, name) in [("q_norm", "attn_q_norm"), ("k_norm", "attn_k_norm")] {
          add(
            source + "self_attn." + norm + ".weight", target + name + ".weight",
            [shape.headDimension], .plusOne)
        }
      }
      addLinear(source + "mlp.gate_proj", target + "ffn_gate", [inner, width])
      addLinear(source + "mlp.up_proj", target + "ffn_up", [inner, width])
      addLinear(source + "mlp.down_proj", target + "ffn_down", [width, inner])
    }
    add("norm.weight", "output_norm.weight", [width], .plusOne)
  }
}

extension HuggingFaceConfiguration {
  /// Refuses a Gemma whose attention scale differs from the one that GGUF's readers derive from its layers and heads.
  ///
  /// - Parameter largeLayers: the number of layers by which they recognise the 27B model, which is the exception.
  func requireGemmaAttention(
    _ shape: DecoderShape, largeLayers: Int
  ) throws(ModelFileError) {
    try requireActivation("hidden_activation", ["gelu_pytorch_tanh", "gelu"])
    try requireOff("use_bidirectional_attention")
    try requireOff("attention_bias")
    let expected =
      shape.layers == largeLayers
      ? Double(shape.width) / Double(shape.heads) : Double(shape.headDimension)
    let scalar = try number("query_pre_attn_scalar", in: 1e-3...1e6, default: 256)
    guard abs(scalar - expected) <= 1e-6 * expected else {
      throw unsupported("query_pre_attn_scalar", "\(scalar)", "\(expected)")
    }
  }

  /// Refuses a model in which other layers than every `period`-th have full attention.
  func requireFullAttention(every period: Int, layers: Int) throws(ModelFileError) {
    guard let types = value("layer_types") else { return }
    let expected = (1...layers).map {
      JSONValue.string($0 % period == 0 ? "full_attention" : "sliding_attention")
    }
    guard types.array == expected else {
      throw unsupported(
        "layer_types", "not regular",
        "full attention in every layer whose number is a multiple of \(period)")
    }
  }
}
